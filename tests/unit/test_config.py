from __future__ import annotations

import re
import traceback
from pathlib import Path

import pytest

from aniworld_dl.config import (
    CONFIG_FILE,
    DEFAULT_MAX_CONCURRENT_DOWNLOADS,
    ENV_PREFIX,
    RUNTIME_SETTINGS,
    Settings,
    changed_settings,
    config_files,
    load_settings,
)
from aniworld_dl.errors import ConfigError

DOC = Path(__file__).parents[2] / "docs" / "configuration.md"


def _write_file(text: str, *, where: int = 0) -> Path:
    path = config_files()[where]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_defaults() -> None:
    """Without a word from anyone: three at a time, this machine only, no address that is not public."""
    settings = load_settings()
    assert DEFAULT_MAX_CONCURRENT_DOWNLOADS == settings.max_concurrent_downloads == 3
    assert (settings.host, settings.port, settings.api_key) == ("127.0.0.1", 8080, None)
    assert settings.allowed_private_networks == []
    assert settings.bandwidth_limit_bytes_per_s is None
    assert settings.download_dir.is_absolute()
    assert settings.data_dir.is_absolute()


def test_later_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default, environment, file, command line: each overrules the one before it."""
    name = "connections_per_episode"
    found = [getattr(load_settings(), name)]
    monkeypatch.setenv(f"{ENV_PREFIX}CONNECTIONS_PER_EPISODE", "5")
    found.append(getattr(load_settings(), name))
    _write_file(f"{name} = 6\n")
    found.append(getattr(load_settings(), name))
    found.append(getattr(load_settings(connections_per_episode=7), name))
    assert found == [24, 5, 6, 7]


@pytest.mark.parametrize(("value", "expected"), [("auto", "auto"), (" AUTO ", "auto"), ("7", 7), (7, 7), (0, 0)])
def test_the_number_of_downloads_may_be_left_to_measuring(value: object, expected: object) -> None:
    assert load_settings(max_concurrent_downloads=value).max_concurrent_downloads == expected


def test_auto_may_come_from_anywhere(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    _write_file('max_concurrent_downloads = "auto"\n')
    assert load_settings().max_concurrent_downloads == "auto"
    _write_file("")
    monkeypatch.setenv(f"{ENV_PREFIX}MAX_CONCURRENT_DOWNLOADS", "auto")
    assert load_settings().max_concurrent_downloads == "auto"
    assert changed_settings(settings, {"max_concurrent_downloads": "auto"}).max_concurrent_downloads == "auto"


@pytest.mark.parametrize("value", ["many", "-1", "101", "3.5", 3.5, True, None, [3], "²"])
def test_what_is_neither_a_number_nor_auto_is_refused(value: object, settings: Settings) -> None:
    with pytest.raises(ConfigError, match="a whole number from 0 to 100, or auto") as caught:
        changed_settings(settings, {"max_concurrent_downloads": value})
    assert caught.value.params["key"] == "max_concurrent_downloads"


def test_none_overrides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that was not given on the command line leaves the others their say."""
    monkeypatch.setenv(f"{ENV_PREFIX}PORT", "9000")
    assert load_settings(port=None, host=None).port == 9000
    assert load_settings(port=0).port == 0


def test_file_in_the_working_folder_comes_first() -> None:
    """Of the two places only the first file that exists is read: they are not mixed."""
    _write_file("port = 9001\n", where=1)
    assert load_settings().port == 9001
    _write_file("host = '127.0.0.2'\n", where=0)
    assert (load_settings().host, load_settings().port) == ("127.0.0.2", 8080)


def test_sources_are_merged_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ENV_PREFIX}HOST", "127.0.0.2")
    _write_file("port = 9001\n")
    settings = load_settings(container="mp4")
    assert (settings.host, settings.port, settings.container) == ("127.0.0.2", 9001, "mp4")


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("127.0.0.0/8,::1/128", ["127.0.0.0/8", "::1/128"]),
        (" 10.0.0.0/8 , 192.168.1.7,", ["10.0.0.0/8", "192.168.1.7/32"]),
        ("192.168.1.7/24", ["192.168.1.0/24"]),
        ("", []),
    ],
)
def test_list_in_the_environment(text: str, networks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is comma-separated there; spaces and a last comma do no harm."""
    monkeypatch.setenv(f"{ENV_PREFIX}ALLOWED_PRIVATE_NETWORKS", text)
    assert load_settings().allowed_private_networks == networks


def test_list_in_the_file() -> None:
    _write_file('languages = ["German Dub", "German Sub"]\nproviders = "VOE, Vidoza"\n')
    settings = load_settings()
    assert settings.languages == ["German Dub", "German Sub"]
    assert settings.providers == ["VOE", "Vidoza"]


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass variables on although nobody filled them."""
    monkeypatch.setenv(f"{ENV_PREFIX}PORT", "")
    assert load_settings().port == 8080


def test_folders_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative folders are meant from where the program started, `~` from the home folder."""
    monkeypatch.setenv(f"{ENV_PREFIX}DOWNLOAD_DIR", "media")
    assert load_settings().download_dir == Path.cwd() / "media"
    assert load_settings(data_dir=Path("~/queue")).data_dir == Path.home() / "queue"


@pytest.mark.parametrize(("given", "kept"), [("downloads", "/downloads"), ("/a/b/", "/a/b"), ("/", ""), ("", "")])
def test_base_path(given: str, kept: str) -> None:
    assert load_settings(base_path=given).base_path == kept


def test_settings_are_frozen(settings: Settings) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


# ------------------------------------------------------------------------------------------------------ what is wrong


def test_unknown_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable is an error that names it and lists the right names."""
    monkeypatch.setenv(f"{ENV_PREFIX}MAX_DOWNLOADS", "4")
    with pytest.raises(ConfigError, match=r"known names are .*max_concurrent_downloads") as caught:
        load_settings()
    assert caught.value.params["key"] == "ANIWORLD_DL_MAX_DOWNLOADS"
    assert caught.value.params["value"] == "4"


def test_unknown_name_in_the_file() -> None:
    _write_file("max_downloads = 4\n")
    with pytest.raises(ConfigError, match=r"known names are .*max_concurrent_downloads") as caught:
        load_settings()
    assert caught.value.params["key"] == "max_downloads"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_concurrent_downloads", "many"),
        ("max_concurrent_downloads", "-1"),
        ("connections_per_episode", "0"),
        ("bandwidth_limit_bytes_per_s", "1"),
        ("bandwidth_limit_bytes_per_s", "9" * 30),
        ("history_days", "9" * 30),
        ("history_count", "9" * 30),
        ("disk_reserve_bytes", "9" * 30),
        ("port", "70000"),
        ("container", "avi"),
        ("allowed_private_networks", "10.0.0.0/99"),
        ("transport", "carrier pigeon"),
        ("read_timeout_s", "0"),
    ],
)
def test_bad_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad value is an error that names the setting, wherever it came from."""
    monkeypatch.setenv(f"{ENV_PREFIX}{name.upper()}", value)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value.params["key"]).startswith(name)
    assert "Value error" not in str(caught.value)
    assert value in str(caught.value)


def test_long_value_is_cut() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(container="x" * 1000)
    assert len(str(caught.value.params["value"])) == 80


@pytest.mark.parametrize("content", [b"port = \n", b"port", b"\xff\xfe"])
def test_file_that_is_no_toml(content: bytes) -> None:
    """The error names the file."""
    path = config_files()[0]
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert caught.value.params["key"] == CONFIG_FILE
    assert caught.value.params["value"] == str(path)


def test_api_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the text of an error nor its traceback holds the key, also when its name is misspelt."""
    secret = "s3cr3t"
    _write_file(f'api_key = "{secret}"\n')
    with pytest.raises(ConfigError) as short:
        load_settings()
    with pytest.raises(ConfigError) as changed:
        changed_settings(Settings.model_construct(), {"api_key": secret})
    monkeypatch.setenv(f"{ENV_PREFIX}APIKEY", secret)
    with pytest.raises(ConfigError) as misspelt:
        load_settings()
    for caught in (short, changed, misspelt):
        assert secret not in str(caught.value)
        assert secret not in str(caught.value.params)
        assert secret not in "".join(traceback.format_exception_only(caught.value))
        assert secret not in str(caught.value.__cause__)


# ------------------------------------------------------------------------------------------- while the service runs


def test_change(settings: Settings) -> None:
    """A change makes a new object and leaves the rest as it was."""
    changed = changed_settings(settings, {"max_concurrent_downloads": 6, "bandwidth_limit_bytes_per_s": 2_000_000})
    assert (changed.max_concurrent_downloads, changed.bandwidth_limit_bytes_per_s) == (6, 2_000_000)
    assert settings.max_concurrent_downloads == 3
    assert changed.download_dir == settings.download_dir


def test_change_back_to_no_limit(settings: Settings) -> None:
    limited = changed_settings(settings, {"bandwidth_limit_bytes_per_s": 2_000_000})
    assert changed_settings(limited, {"bandwidth_limit_bytes_per_s": None}).bandwidth_limit_bytes_per_s is None


def test_change_ignores_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user changed in the running service is not overruled by what it was started with."""
    monkeypatch.setenv(f"{ENV_PREFIX}MAX_CONCURRENT_DOWNLOADS", "9")
    assert changed_settings(settings, {"max_concurrent_downloads": 6}).max_concurrent_downloads == 6
    assert changed_settings(settings, {"connections_per_host": 6}).max_concurrent_downloads == 3


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"max_concurrent_downloads": "many"}, "max_concurrent_downloads"),
        ({"max_concurrent_downloads": 101}, "max_concurrent_downloads"),
        ({"port": 9000}, "port"),
        ({"no_such_thing": 1}, "no_such_thing"),
        ({"max_concurrent_downloads": 5, "port": 9000}, "port"),
    ],
)
def test_change_refused(changes: dict[str, object], key: str, settings: Settings) -> None:
    with pytest.raises(ConfigError) as caught:
        changed_settings(settings, changes)
    assert caught.value.params["key"] == key


def test_runtime_settings_exist() -> None:
    assert set(RUNTIME_SETTINGS) <= set(Settings.model_fields)


# ------------------------------------------------------------------------------------------------- documentation


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    """`docs/configuration.md` has a row for every setting, and its default is the true one."""
    row = re.search(rf"^\| `{name}` \| (.+?) \| .+ \|$", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert row, f"docs/configuration.md has no row for {name}"
    field = Settings.model_fields[name]
    if field.default_factory is None:
        written = str(field.default).lower() if isinstance(field.default, bool) else field.default
        expected = "none" if field.default is None else f"`{written}`" if field.default != "" else "empty"
        assert row[1] == expected
    elif name not in {"download_dir", "data_dir"}:
        default = load_settings().model_dump()[name]
        assert row[1] == (", ".join(f"`{item}`" for item in default) or "empty")


def test_documented_settings_exist() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", DOC.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == set(Settings.model_fields)


def test_runtime_settings_are_marked() -> None:
    """What can be changed while the service runs is marked as such."""
    rows = DOC.read_text(encoding="utf-8").splitlines()
    marked = {row.split("`")[1] for row in rows if row.startswith("| `") and "*live.*" in row}
    assert marked == set(RUNTIME_SETTINGS)
