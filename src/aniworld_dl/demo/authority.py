"""A certificate authority that exists for one run, and certificates as they should and should not be."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_VALID: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Authority:
    """Vouches for servers. `pem` is what clients are to trust; certificates are kept in `folder`."""

    pem: bytes
    folder: Path
    _key: ec.EllipticCurvePrivateKey
    _name: x509.Name

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Return a new authority. Blocks on the disk."""
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throwaway CA")])
        builder = _certificate(name, name, key.public_key(), datetime.now(UTC))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        certificate = builder.sign(key, hashes.SHA256())
        return cls(certificate.public_bytes(serialization.Encoding.PEM), folder, key, name)

    def context(self, hosts: Sequence[str], *, expired: bool = False) -> ssl.SSLContext:
        """Return what a server needs to speak for `hosts` (names or IP addresses). Blocks on the disk."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain(hosts, expired=expired))
        return context

    def chain(self, hosts: Sequence[str], *, expired: bool = False) -> Path:
        """Return a new file with a certificate for `hosts` and its key. Blocks on the disk."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        at = datetime.now(UTC) - (3 * _VALID if expired else timedelta())
        builder = _certificate(subject, self._name, key.public_key(), at).add_extension(names, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        path = self.folder / f"{hosts[0]}{'-expired' if expired else ''}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _VALID)
        .not_valid_after(at + _VALID)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
