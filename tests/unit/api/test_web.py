from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import httpx
import pytest

from aniworld_dl.api.packing import takes_gzip, without_comments
from aniworld_dl.api.web import DOCS_FOLDER, frontend_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VENDOR = DOCS_FOLDER / "vendor"


async def test_the_page_is_at_the_root(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>page</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_scripts_have_the_type_that_browsers_insist_on(client: httpx.AsyncClient) -> None:
    """Whatever this machine believes about .js."""
    assert (await client.get("/app/main.js")).headers["content-type"] == "text/javascript; charset=utf-8"


async def test_a_file_of_unknown_kind_is_only_bytes(client: httpx.AsyncClient, page: Path) -> None:
    (page / "what.bin").write_bytes(b"\0")
    assert (await client.get("/what.bin")).headers["content-type"] == "application/octet-stream"


async def test_an_unchanged_file_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/app/main.js")
    again = await client.get("/app/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


async def test_a_head_request_is_answered(client: httpx.AsyncClient) -> None:
    answer = await client.head("/")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/app/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/%00",
        "/api/hidden.json",
        "/" + "x" * 300,
    ],
)
async def test_nothing_outside_the_folder_is_served(path: str, client: httpx.AsyncClient, page: Path) -> None:
    (page / "link.txt").symlink_to(page.parent / "secret.txt")
    answer = await client.send(httpx.Request("GET", httpx.URL("http://127.0.0.1:8080", raw_path=path.encode())))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("prefix", ["/downloads", ""], ids=["kept", "stripped"])
async def test_a_proxy_may_keep_or_strip_the_prefix(
    prefix: str, with_settings: Callable[..., httpx.AsyncClient]
) -> None:
    body = {"anime_title": "A", "episode_urls": ["https://media.example.org/1.m3u8"]}
    async with with_settings(base_path="/downloads") as client:
        assert (await client.get(f"{prefix}/")).text.endswith("<title>page</title>")
        assert (await client.get(f"{prefix}/app/main.js")).status_code == 200
        assert (await client.get(f"{prefix}/docs")).status_code == 200
        assert (await client.get(f"{prefix}/docs/page.js")).status_code == 200
        assert (await client.get(f"{prefix}/openapi.json")).json()["servers"] == [{"url": "/downloads"}]
        created = await client.post(f"{prefix}/api/jobs", json=body)
        assert created.headers["location"] == "/downloads/api/jobs/1"
        assert (await client.get(f"{prefix}/nothing")).status_code == 404


async def test_the_bare_prefix_leads_to_the_page(with_settings: Callable[..., httpx.AsyncClient]) -> None:
    """Without its slash the page's relative addresses would lead elsewhere."""
    async with with_settings(base_path="/downloads") as client:
        answer = await client.get("/downloads")
    assert (answer.status_code, answer.headers["location"]) == (307, "/downloads/")


async def test_the_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "://" not in answer.text
    used = re.findall(r'(?:src|href)="(docs/[^"]+)"', answer.text)
    assert len(used) == 4
    for path in used:
        assert (await client.get(f"/{path}")).status_code == 200


def test_vendored_files_are_what_they_were() -> None:
    sums = {line.split()[1]: line.split()[0] for line in (VENDOR / "SHA256SUMS").read_text().splitlines()}
    assert {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS", "README.md"} == set(sums)
    for name, expected in sums.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == expected, name


def test_the_page_comes_from_the_package_or_else_from_the_checkout(tmp_path: Path) -> None:
    checkout = tmp_path / "frontend"
    package = tmp_path / "src" / "aniworld_dl"
    package.mkdir(parents=True)
    assert frontend_folder(package) == checkout
    (package / "frontend").mkdir()
    assert frontend_folder(package) == package / "frontend"


async def test_texts_are_compressed_for_who_takes_that(client: httpx.AsyncClient, page: Path) -> None:
    text = "export const words = 'again and again';\n" * 100
    (page / "app" / "long.js").write_text(text)
    plain = await client.get("/app/long.js", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/app/long.js", headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text == text
    assert int(packed.headers["content-length"]) < len(text) / 10
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    head = await client.head("/app/long.js", headers={"Accept-Encoding": "gzip"})
    assert (head.content, head.headers["content-length"]) == (b"", packed.headers["content-length"])
    again = await client.get("/app/long.js", headers={"If-None-Match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_changed_file_is_compressed_anew(client: httpx.AsyncClient, page: Path) -> None:
    file = page / "app" / "long.js"
    for text in ("one " * 500, "another " * 500):
        file.write_text(text)
        assert (await client.get("/app/long.js", headers={"Accept-Encoding": "gzip"})).text == text


async def test_pictures_and_small_files_are_sent_as_they_are(client: httpx.AsyncClient, page: Path) -> None:
    (page / "icon.png").write_bytes(b"\x89PNG" * 1000)
    for path in ("/icon.png", "/app/main.js"):
        assert "content-encoding" not in (await client.get(path, headers={"Accept-Encoding": "gzip"})).headers


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("", False),
    ],
)
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


def test_comments_stay_at_home_and_lines_where_they_were() -> None:
    text = "/** Words\n * more */\nconst a = 1; /** @type {any} */ (b);\n  // aside\nconst c = 'https://x/*';\n"
    assert without_comments(text) == "\n\nconst a = 1;  (b);\n\nconst c = 'https://x/*';\n"
