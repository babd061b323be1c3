"""A certificate of one's own: what is wrong with it is said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aniworld_dl.api.tls import check_certificate, travels_openly
from aniworld_dl.errors import ConfigError
from tests.certificates import certificate_pem, key_pem, new_key

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import ec

    from aniworld_dl.config import Settings


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return new_key()


@pytest.fixture
def files(tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    """A folder with files, good and bad."""
    other = new_key()
    contents = {
        "cert.pem": certificate_pem(key),
        "key.pem": key_pem(key),
        "both.pem": certificate_pem(key) + key_pem(key),
        "other.pem": key_pem(other),
        "protected.pem": key_pem(key, b"secret"),
        "garbage.pem": b"no certificate",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize(("cert", "key_name"), [("cert.pem", "key.pem"), ("both.pem", None), (None, None)])
def test_what_fits_is_taken(cert: str | None, key_name: str | None, files: Path, settings: Settings) -> None:
    check_certificate(_with(settings, files, cert, key_name))


@pytest.mark.parametrize(
    ("cert", "key_name", "setting", "words"),
    [
        ("missing.pem", "key.pem", "tls_cert", "cannot be read"),
        ("cert.pem", "missing.pem", "tls_key", "cannot be read"),
        ("cert.pem", "other.pem", "tls_key", "another certificate's"),
        ("cert.pem", "protected.pem", "tls_key", "protected by a password"),
        ("cert.pem", None, "tls_cert", "PEM files"),
        ("garbage.pem", "key.pem", "tls_cert", "PEM files"),
        (None, "key.pem", "tls_key", "set tls_cert"),
    ],
)
def test_what_does_not_is_explained(  # noqa: PLR0917 - a table
    cert: str | None, key_name: str | None, setting: str, words: str, files: Path, settings: Settings
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        check_certificate(_with(settings, files, cert, key_name))
    assert caught.value.params["key"] == setting
    assert str(files) in str(caught.value)


def test_when_secrets_travel_openly(files: Path, settings: Settings) -> None:
    beyond = settings.model_copy(update={"host": "0.0.0.0"})
    assert travels_openly(beyond)
    assert not travels_openly(settings)
    assert not travels_openly(beyond.model_copy(update={"trusted_proxies": ["10.0.0.1/32"]}))
    assert not travels_openly(_with(beyond, files, "cert.pem", "key.pem"))


def _with(settings: Settings, files: Path, cert: str | None, key: str | None) -> Settings:
    changes = {"tls_cert": cert and files / cert, "tls_key": key and files / key}
    return settings.model_copy(update=changes)
