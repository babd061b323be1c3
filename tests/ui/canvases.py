"""Pictures on a canvas as a test meets them: put into the page, and read back pixel by pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

SHOW: Final = """async ([file, name, rows]) => {
    const from = (path) => import(new URL(path, document.querySelector('[src$="main.js"]').src));
    const [{ html, render }, { Row }] = [await from('dom.js'), await from('rows.js')];
    const pictures = await from(`views/pictures/${file}`);
    const place = document.createElement('div');
    place.id = 'place';
    document.body.append(place);
    const style = { position: 'fixed', inset: 0, zIndex: 99, padding: '1rem', overflow: 'auto' };
    Object.assign(place.style, style, { background: 'var(--surface)' });
    const props = {};
    for (const [prop, data] of Object.entries(rows)) {
        const make = (one) => new Row(one);
        props[prop] = Array.isArray(data) ? data.map(make) : make(data);
    }
    window.shown = props;
    render(html`<${pictures[name]} ...${props} />`, place);
}"""

PIXELS: Final = """
    const pixelsOf = (canvas) => {  // of a copy: the browser warns when one that is drawn on is read
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        return copy.getImageData(0, 0, canvas.width, canvas.height).data;
    };
"""

COLUMNS: Final = (
    f"""(canvas) => {{{PIXELS}"""
    """
    const ratio = canvas.width / canvas.clientWidth;
    const pixels = pixelsOf(canvas);
    const at = (x, y) => [...pixels.slice((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 4)];
    return Array.from({ length: canvas.clientWidth }, (_, column) => {
        const x = Math.round((column + 0.5) * ratio);
        let filled = 0;
        const colours = {};
        for (let y = 0; y < canvas.height; y += 1) {
            const [red, green, blue, alpha] = at(x, y);
            if (alpha < 128) continue;
            filled += 1;
            colours[[red, green, blue]] = (colours[[red, green, blue]] ?? 0) + 1;
        }
        return { height: filled / canvas.height, colours };
    });
}"""
)


async def show(page: Page, file: str, name: str, **rows: Any) -> Locator:
    """Put a picture into the page in place of the view, with rows of these data, and return where it is."""
    await page.evaluate(SHOW, [file, name, rows])
    return page.locator("#place")


async def columns(canvas: Locator) -> list[dict[str, Any]]:
    """Return of each column of a canvas how much is filled, and with which colours."""
    found: list[dict[str, Any]] = await canvas.evaluate(COLUMNS)
    return found


async def colour(page: Page, token: str) -> str:
    """Return the red, green and blue of a token in the theme that is shown."""
    found: str = await page.evaluate(
        """(token) => {
            const probe = document.createElement('span');
            probe.style.color = `var(${token})`;
            document.body.append(probe);
            const text = getComputedStyle(probe).color;
            probe.remove();
            return text.match(/\\d+/g).slice(0, 3).join(',');
        }""",
        token,
    )
    return found


def at(found: list[dict[str, Any]], share: float) -> dict[str, Any]:
    """Return the column at a share of the width."""
    return found[int(len(found) * share)]


async def until_drawn(canvas: Locator) -> None:
    """Wait for the frame in which something is drawn."""
    await canvas.page.wait_for_function(
        f"(canvas) => {{{PIXELS} return canvas.width > 0 && canvas.height > 0 && pixelsOf(canvas).some(Boolean); }}",
        arg=await canvas.element_handle(),
    )


async def until_pixel(canvas: Locator, x: int, y: int, rgb: str) -> None:
    """Wait until a pixel has this colour."""
    await canvas.page.wait_for_function(
        f"""([canvas, x, y, rgb]) => {{{PIXELS}
            const start = (y * canvas.width + x) * 4;
            return [...pixelsOf(canvas).slice(start, start + 3)].join() === rgb;
        }}""",
        arg=[await canvas.element_handle(), x, y, rgb],
    )
