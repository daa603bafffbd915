"""The keeper of the pages' style sheets and scripts: what it writes down is what it kept."""

import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools import vendor_assets

DRAWING = """<!-- a comment -->
<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" class="icon">
  <path d="M4 4l1 1" />
  <path d="M5 12h14" />
</svg>
"""


@pytest.fixture
def icons(tmp_path: Path) -> Path:
    """A package of icons with the same simple drawing for each."""
    folder = tmp_path / "icons" / "outline"
    folder.parent.mkdir()
    folder.mkdir()
    for name in vendor_assets.ICON_NAMES:
        (folder / f"{name}.svg").write_text(DRAWING)
    return tmp_path


def test_the_sprite_has_a_symbol_for_each_icon(icons: Path) -> None:
    root = ElementTree.fromstring(vendor_assets.sprite(icons))  # noqa: S314  our own text
    symbols = root.findall("{http://www.w3.org/2000/svg}symbol")
    assert [symbol.get("id") for symbol in symbols] == list(vendor_assets.ICON_NAMES)
    assert all(len(symbol) == 2 for symbol in symbols)


def test_icons_take_the_colour_of_the_text_around_them(icons: Path) -> None:
    assert vendor_assets.sprite(icons).count('stroke="currentColor"') == len(vendor_assets.ICON_NAMES)


def test_a_file_that_is_no_drawing_is_refused(icons: Path) -> None:
    (icons / "icons" / "outline" / "check.svg").write_text("not found")
    with pytest.raises(ValueError, match="check is not a drawing"):
        vendor_assets.sprite(icons)


def test_each_icon_is_named_once() -> None:
    assert len(set(vendor_assets.ICON_NAMES)) == len(vendor_assets.ICON_NAMES)


def test_versions_are_exact() -> None:
    for package in vendor_assets.PACKAGES:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package.version), package.name


def test_the_kept_sprite_has_every_icon() -> None:
    kept = (vendor_assets.VENDOR / vendor_assets.SPRITE).read_text()
    assert re.findall(r'<symbol id="([a-z-]+)"', kept) == list(vendor_assets.ICON_NAMES)


def test_what_is_kept_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor_assets, "VENDOR", tmp_path)
    (tmp_path / "a.js").write_text("1")
    page = vendor_assets.versions({"a.js": vendor_assets.TABLER})
    digest = hashlib.sha256(b"1").hexdigest()
    assert f"| a.js | @tabler/core | {vendor_assets.TABLER.version} | MIT | {digest} |" in page
    assert "The above copyright notice and this permission notice" in page


def test_everything_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, icons: Path) -> None:
    modules = tmp_path / "node_modules"
    for package in vendor_assets.PACKAGES:
        for source in package.files:
            path = modules / package.name / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
    (modules / "@tabler" / "icons").mkdir(parents=True, exist_ok=True)
    (icons / "icons").rename(modules / "@tabler" / "icons" / "icons")
    vendor = tmp_path / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_text("gone")
    monkeypatch.setattr(vendor_assets, "VENDOR", vendor)
    monkeypatch.setattr(vendor_assets, "fetch", lambda _folder: modules)
    vendor_assets.main()
    assert sorted(path.name for path in vendor.iterdir()) == [
        "VERSIONS.md",
        "htmx.LICENSE.txt",
        "htmx.min.js",
        "tabler-icons.svg",
        "tabler.min.css",
        "tabler.min.js",
    ]
