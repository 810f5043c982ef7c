"""Maintainers only: cut the bundled font from Noto Sans SC again.

Needs fonttools and pylopdf-fonts-zh-cn (which carries the unmodified font); the same source gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
from pathlib import Path
from typing import Any

from caixue.errors import UsageError
from caixue.fonts import FAMILY, sans_path

SOURCE_PACKAGE, SOURCE_FILE = "pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"
SYMBOLS = "–—█▇▆▅▄▃▂▁‘’“”„†‡•…‰′″※€№™←↑→↓↔↕↖↗↘↙⇒⇔−∕√∞≈≠≤≥①②③④⑤⑥⑦⑧⑨⑩■□▲△▶▷▼▽◀◁◆◇○◎●★☆☐☑♀♂　、。〈〉《》「」『』【】〔〕〖〗〜"
SUPPLEMENTARY = range(0x20000, 0x32000)  # ideographs outside the basic plane
DROPPED = ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG"]
NAME_IDS = (0, 1, 2, 3, 4, 5, 6, 7, 13, 14)


def gb2312() -> set[str]:
    """Every character of GB 2312-80."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))


def wanted() -> set[str]:
    """The characters the font should have, whether the source draws them or not."""
    lines = Path(__file__).with_name("names.txt").read_text(encoding="utf-8").splitlines()
    names = "".join(line.strip() for line in lines if not line.startswith("#"))
    latin = {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0xFF01, 0xFF5F), 0xFFE5)}
    return gb2312() | latin | set(SYMBOLS) | set(names) | {chr(code) for code in SUPPLEMENTARY}


def options() -> Any:
    """How the font is cut: no layout tables, hints kept (they matter at 24 dots), each outline on its own for fast cutting later."""
    from fontTools import subset

    chosen = subset.Options()
    chosen.layout_features = []
    chosen.drop_tables += DROPPED
    chosen.desubroutinize = True
    chosen.notdef_outline = True
    chosen.bidi_closure = False
    chosen.recalc_timestamp = False
    chosen.name_IDs = list(NAME_IDS)
    return chosen


def rebuild(source: Path, target: Path) -> None:
    """Write the subset of `source` to `target`."""
    from fontTools import subset

    chosen = options()
    font = subset.load_font(str(source), chosen, dontLoadGlyphNames=True)
    cutter = subset.Subsetter(chosen)
    cutter.populate(unicodes=[ord(char) for char in wanted()])
    cutter.subset(font)
    _rename(font)
    font.save(target, reorderTables=False)


def _rename(font: Any) -> None:
    """A modified version carries a name of its own; the copyright and licence lines stay."""
    postscript = f"{FAMILY.replace(' ', '')}-Regular"
    for name_id, text in ((1, FAMILY), (3, f"{postscript};2.004"), (4, FAMILY), (6, postscript)):
        for record in [record for record in font["name"].names if record.nameID == name_id]:
            font["name"].setName(text, name_id, record.platformID, record.platEncID, record.langID)
    top = font["CFF "].cff[0]
    font["CFF "].cff.fontNames = [postscript]
    top.FullName, top.FamilyName = FAMILY, FAMILY


def _installed_source() -> Path:
    found = importlib.util.find_spec(SOURCE_PACKAGE)
    if found is None or found.origin is None:
        raise UsageError("the source font is not installed: python -m pip install fonttools pylopdf-fonts-zh-cn")
    return Path(found.origin).with_name(SOURCE_FILE)


def main() -> None:
    """Cut the font and print what it became."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--source", type=Path, help="Noto Sans SC Regular, as .otf")
    source = parser.parse_args().source or _installed_source()
    rebuild(source, sans_path())
    data = sans_path().read_bytes()
    print(f"{sans_path().name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
