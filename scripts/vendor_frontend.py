"""Fetch the page's libraries and icons, or check the copies that are kept in `frontend/vendor`.

    python scripts/vendor_frontend.py            fetch the versions named below with `npm pack`
    python scripts/vendor_frontend.py --check    compare every file with its recorded SHA-256; needs no network

Import specifiers become relative paths, so that the page needs neither a build nor an import map.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

VENDOR: Final = Path(__file__).resolve().parent.parent / "frontend" / "vendor"
RECORD: Final = VENDOR / "VENDORED.json"

PACKAGES: Final[dict[str, dict[str, Any]]] = {
    "preact": {"version": "11.2.0", "files": {"dist/preact.mjs": "preact.js", "hooks/dist/hooks.mjs": "hooks.js"}},
    "htm": {"version": "3.1.1", "files": {"dist/htm.mjs": "htm.js"}},
    "@preact/signals-core": {"version": "1.14.5", "files": {"dist/signals-core.mjs": "signals-core.js"}},
    "@preact/signals": {"version": "2.11.4", "files": {"dist/signals.mjs": "signals.js"}},
    "uplot": {"version": "1.6.32", "files": {"dist/uPlot.iife.min.js": "uplot.js", "dist/uPlot.min.css": "uplot.css"}},
    "hls.js": {"version": "1.7.4", "files": {"dist/hls.min.mjs": "hls.js"}},
    "lucide-static": {"version": "1.62.0", "files": {}},
}
SPECIFIERS: Final = {
    "preact": "./preact.js",
    "preact/hooks": "./hooks.js",
    "@preact/signals-core": "./signals-core.js",
}
EXPORTS: Final = {"uplot.js": "uPlot"}
"""What a script that is no module makes, so that it becomes one."""
ICONS: Final = (
    *("activity", "arrow-down", "arrow-down-to-line", "arrow-up", "arrow-up-to-line", "ban", "bell"),
    *("bell-off", "calendar-clock", "chart-line", "check", "chevron-down", "chevron-right", "chevron-up"),
    *("circle-alert", "circle-check", "circle-pause", "circle-x", "clipboard-paste", "clock"),
    *("cloud-download", "copy", "cpu", "download", "ellipsis-vertical", "external-link", "eye"),
    *("file-text", "film", "filter", "folder", "gauge", "globe", "grip-vertical", "hard-drive", "history"),
    *("hourglass", "info", "key-round", "keyboard", "languages", "layers", "link", "list", "list-checks"),
    *("menu", "minus", "monitor", "moon", "network", "pause", "pencil", "play", "plus", "redo-2", "rocket"),
    *("rotate-ccw", "search", "server", "settings", "square", "square-check", "subtitles", "sun", "timer"),
    *("trash-2", "triangle-alert", "undo-2", "unplug", "upload", "volume-2", "wifi-off", "wrench", "x"),
    "zap",
)
ICON_SPRITE: Final = "icons.svg"


def main() -> int:
    """Fetch or check; the exit code is 1 when a file is not what the record says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the files with their record")
    if parser.parse_args().check:
        faults = check()
        print("\n".join(faults) or "all vendored files are as recorded")
        return 1 if faults else 0
    fetch()
    print(f"wrote {VENDOR}")
    return 0


def check() -> list[str]:
    """Return a line for every vendored file that is missing, changed or not recorded."""
    recorded = {name: digest for package in read_record()["packages"] for name, digest in package["files"].items()}
    present = {path.name: sha256(path.read_bytes()) for path in VENDOR.iterdir() if path != RECORD}
    missing = [f"{name}: missing" for name in recorded.keys() - present.keys()]
    unknown = [f"{name}: not recorded" for name in present.keys() - recorded.keys()]
    changed = [f"{name}: changed" for name, digest in present.items() if recorded.get(name, digest) != digest]
    return sorted(missing + unknown + changed)


def read_record() -> dict[str, Any]:
    """Return the content of VENDORED.json."""
    record: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def fetch() -> None:
    """Write every vendored file and the record anew."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        packages = [_vendor(name, wanted, Path(folder)) for name, wanted in PACKAGES.items()]
    RECORD.write_text(json.dumps({"packages": packages}, indent=2) + "\n", encoding="utf-8")


def _vendor(name: str, wanted: dict[str, Any], folder: Path) -> dict[str, Any]:
    archive = _pack(f"{name}@{wanted['version']}", folder)
    with tarfile.open(archive) as tar:
        written = {target: rewrite(_member(tar, source)) for source, target in wanted["files"].items()}
        for target in written.keys() & EXPORTS.keys():
            written[target] += f"export default {EXPORTS[target]};\n"
        if name == "lucide-static":
            written[ICON_SPRITE] = sprite({icon: _member(tar, f"icons/{icon}.svg") for icon in ICONS})
        written[f"{name.strip('@').replace('/', '-')}.LICENSE.txt"] = _member(tar, "LICENSE")
        manifest = json.loads(_member(tar, "package.json"))
    for target, text in written.items():
        (VENDOR / target).write_text(text, encoding="utf-8")
    return {
        "name": name,
        "version": manifest["version"],
        "license": manifest["license"],
        "archive_sha256": sha256(archive.read_bytes()),
        "files": {target: sha256(text.encode()) for target, text in sorted(written.items())},
    }


def _pack(package: str, folder: Path) -> Path:
    command = ["npm", "pack", "--json", "--silent", package]
    finished = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return folder / str(json.loads(finished.stdout)[0]["filename"])


def _member(tar: tarfile.TarFile, path: str) -> str:
    stream = tar.extractfile(f"package/{path}")
    if stream is None:
        raise FileNotFoundError(path)
    return stream.read().decode("utf-8")


def rewrite(source: str) -> str:
    """Return a module with relative import specifiers and without its source map's address."""
    source = re.sub(r'(from|import) ?"([@a-z][\w@/.-]*)"', lambda found: f'{found[1]}"{SPECIFIERS[found[2]]}"', source)
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", source)


def sprite(icons: dict[str, str]) -> str:
    """Return one SVG file in which every icon is a symbol under its own name."""
    symbols = [
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{_shapes(svg)}</symbol>'
        for name, svg in icons.items()
    ]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _shapes(svg: str) -> str:
    inner = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    return "".join(line.strip() for line in inner.splitlines())


def sha256(content: bytes) -> str:
    """Return the hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
