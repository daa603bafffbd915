"""Copies the pages' style sheets and scripts from npm to web/static/vendor: no page loads anything from elsewhere.

Run by hand when a version changes: .venv/bin/python tools/vendor_assets.py (needs npm). What it wrote is committed.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: what is taken from it, under which name it is kept."""

    name: str
    version: str
    licence: str
    copyright: str
    files: dict[str, str]


HTMX = Package("htmx.org", "4.0.1", "0BSD", "Big Sky Software", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"})
TABLER = Package(
    "@tabler/core",
    "1.6.1",
    "MIT",
    "2018-2026 The Tabler Authors; 2018-2026 codecalm.net Paweł Kuna",
    {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
)
ICONS = Package("@tabler/icons", "3.51.0", "MIT", "2020-2026 Paweł Kuna", {})
PACKAGES = (HTMX, TABLER, ICONS)

# Of some 5,000 icons those the pages show, as one file: <svg class="icon"><use href=".../tabler-icons.svg#wallet"/></svg>
SPRITE = "tabler-icons.svg"
ICON_NAMES = (
    "adjustments", "alert-circle", "alert-triangle", "arrow-back-up", "arrows-exchange", "building-store", "cash",
    "check", "chevron-down", "chevron-right", "circle-check", "circle-x", "clock", "coin", "copy", "device-mobile",
    "download", "eye", "file-text", "history", "home", "info-circle", "key", "language", "list", "loader", "lock",
    "logout", "message", "moon", "phone", "plus", "printer", "receipt", "refresh", "report-money", "search", "settings",
    "shield", "sun", "upload", "user", "users", "wallet", "x",
)  # fmt: skip

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def fetch(folder: Path) -> Path:
    """Install the packages into a folder without running anything of theirs; where they are."""
    wanted = [f"{package.name}@{package.version}" for package in PACKAGES]
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", str(folder)]
    subprocess.run([*command, *wanted], check=True)
    return folder / "node_modules"


def sprite(icons: Path) -> str:
    """The chosen icons as one SVG file of symbols, drawn in the colour of the text around them."""
    symbols = []
    for name in ICON_NAMES:
        drawing = (icons / "icons" / "outline" / f"{name}.svg").read_text()
        inside = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if inside is None:
            raise ValueError(f"{name} is not a drawing")
        paths = re.sub(r"\s*\n\s*", "", inside[1])
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
            f' stroke-linecap="round" stroke-linejoin="round">{paths}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def versions(kept: dict[str, Package]) -> str:
    """The page that says what each file is; tests compare its digests with the files."""
    lines = [
        "# What stands here and where it comes from",
        "",
        "Copied from npm by tools/vendor_assets.py; do not edit by hand. Served by our own server, never by a CDN.",
        "",
        "| file | package | version | licence | sha256 |",
        "|---|---|---|---|---|",
    ]
    for file, package in sorted(kept.items()):
        digest = hashlib.sha256((VENDOR / file).read_bytes()).hexdigest()
        lines.append(f"| {file} | {package.name} | {package.version} | {package.licence} | {digest} |")
    lines += ["", "## MIT licence", ""]
    lines += [f"{package.name}: Copyright (c) {package.copyright}\n" for package in PACKAGES if package.licence == "MIT"]
    return "\n".join(lines) + "\n" + MIT


def main() -> None:
    """Replace the whole folder."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        modules = fetch(Path(folder))
        kept = {}
        for package in PACKAGES:
            for source, name in package.files.items():
                shutil.copyfile(modules / package.name / source, VENDOR / name)
                kept[name] = package
        (VENDOR / SPRITE).write_text(sprite(modules / ICONS.name))
        kept[SPRITE] = ICONS
    (VENDOR / "VERSIONS.md").write_text(versions(kept))


if __name__ == "__main__":
    main()
