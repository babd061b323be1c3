"""The page's files from memory, under addresses that change with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from aniworld_dl.api.edition import Editions
from aniworld_dl.api.packing import without_comments
from aniworld_dl.api.web import frontend_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

DOCUMENT: Final = """<head>
    <link rel="icon" href="icon.svg">
    <link rel="stylesheet" href="styles/b.css">
    <link rel="stylesheet" href="styles/a.css">
    <link rel="modulepreload" href="app/first.js">
    <script type="module" src="app/main.js"></script>
"""


@pytest.fixture
def whole_page(page: Path) -> Path:
    """A page with styles and more than one module."""
    (page / "index.html").write_text(DOCUMENT)
    (page / "styles").mkdir()
    (page / "styles" / "a.css").write_text("/* words */ a { color: red }")
    (page / "styles" / "b.css").write_text("b { color: blue }")
    (page / "app" / "first.js").write_text("/** Words. */\nexport const first = 1;\n")
    return page


async def loaded(client: httpx.AsyncClient) -> list[str]:
    """Return the addresses that the page names."""
    return re.findall(r'(?:href|src)="([^"]+)"', (await client.get("/")).text)


async def test_the_page_names_its_edition_and_one_stylesheet(whole_page: Path, client: httpx.AsyncClient) -> None:
    """In the order in which they are listed; comments stay at home."""
    icon, styles, first, main = await loaded(client)
    assert icon == "icon.svg"
    assert re.fullmatch(r"v/[0-9a-f]{12}/styles\.css", styles)
    assert [first, main] == [styles.replace("styles.css", "app/first.js"), styles.replace("styles.css", "app/main.js")]
    answer = await client.get(f"/{styles}")
    assert answer.text.split() == ["b", "{", "color:", "blue", "}", "a", "{", "color:", "red", "}"]
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert whole_page.exists()


@pytest.mark.usefixtures("whole_page")
async def test_what_has_such_an_address_is_kept_without_asking(client: httpx.AsyncClient) -> None:
    first = (await loaded(client))[2]
    packed = await client.get(f"/{first}", headers={"Accept-Encoding": "gzip, br"})
    plain = await client.get(f"/{first}", headers={"Accept-Encoding": "identity"})
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (packed.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.text == plain.text == "\nexport const first = 1;\n"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    head = await client.head(f"/{first}", headers={"Accept-Encoding": "gzip"})
    assert (head.content, head.headers["content-length"]) == (b"", packed.headers["content-length"])


async def test_a_changed_file_makes_a_new_edition(whole_page: Path, client: httpx.AsyncClient) -> None:
    """The old addresses are gone: no page is made of two editions."""
    before = await loaded(client)
    assert await loaded(client) == before
    (whole_page / "styles" / "a.css").write_text("a { color: green }")
    after = await loaded(client)
    assert before[3] != after[3]
    assert "green" in (await client.get(f"/{after[1]}")).text
    gone = await client.get(f"/{before[3]}")
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("whole_page")
async def test_the_page_itself_is_asked_for_anew_but_sent_only_when_changed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/index.html")
    assert answer.headers["cache-control"] == "no-cache"
    again = await client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert "content-security-policy" in again.headers


@pytest.mark.parametrize(
    "path", ["/v", "/v/", "/v/{}/", "/v/{}/nothing.js", "/v/{}/../../secret.txt", "/v/{}/index.html"]
)
async def test_an_edition_holds_nothing_else(path: str, whole_page: Path, client: httpx.AsyncClient) -> None:
    name = (await loaded(client))[1].split("/")[1]
    assert (await client.get(path.format(name))).status_code == 404
    assert (await client.post(f"/v/{name}/app/main.js")).status_code == 404
    assert whole_page.exists()


@pytest.mark.parametrize("prefix", ["/downloads", ""], ids=["kept", "stripped"])
@pytest.mark.usefixtures("whole_page")
async def test_a_proxy_may_keep_or_strip_the_prefix_of_editions(
    prefix: str, with_settings: Callable[..., httpx.AsyncClient]
) -> None:
    async with with_settings(base_path="/downloads") as client:
        page = (await client.get(f"{prefix}/")).text
        address = re.findall(r'src="(v/[^"]+)"', page)[0]
        assert (await client.get(f"{prefix}/{address}")).text == "export {};"


def test_our_page_is_whole_in_its_edition() -> None:
    """Every stylesheet once, every module that is named there."""
    folder = frontend_folder()
    edition = Editions(folder).newest()
    assert edition is not None
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")} <= set(edition.parts)
    sheets = re.findall(r'"(styles/[^"]+)"', (folder / "index.html").read_text())
    assert sorted(sheets) == sorted(path.relative_to(folder).as_posix() for path in folder.glob("styles/*.css"))
    assert without_comments("".join((folder / sheet).read_text() for sheet in sheets)).strip()


def test_a_folder_without_a_page_has_no_edition(tmp_path: Path) -> None:
    assert Editions(tmp_path).newest() is None
    assert Editions(tmp_path).part("any/app/main.js") is None
