"""Delivery lists as suppliers send them (contract R5.6): a CSV or TOML file becomes lines; every mistake names file and line."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from caixue.door import read_toml, validate
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.deliveries import Line
from caixue.units import MoneyFen, money_fen, nearest

# What a column may be called → the key it is.
COLUMNS: Mapping[str, str] = {
    **{name: name for name in ("item", "lot", "quantity", "expires", "unit_cost")},
    "物品": "item",
    "批号": "lot",
    "数量": "quantity",
    "有效期": "expires",
    "单价": "unit_cost",
}
_NEEDED = ("item", "lot", "quantity")


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    item: str = Field(min_length=1)
    lot: str = Field(min_length=1)
    quantity: int = Field(ge=1, strict=True)
    expires: date | None = None
    unit_cost_fen: MoneyFen = Field(default=0, alias="unit_cost")

    def line(self) -> Line:
        return Line(self.item, self.lot, self.quantity, self.expires, self.unit_cost_fen)


class _List(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int = Field(default=1, alias="schema", ge=1, le=1)
    line: tuple[_Line, ...] = Field(min_length=1)


def read_lines(path: str | Path) -> tuple[Line, ...]:
    """The lines of a delivery list: `[[line]]` tables of a .toml file, or rows of a CSV file with a header.

    A CSV is UTF-8, or GB 18030 as Excel writes it in China; a price is written like "0.90 yuan" or, in a CSV, as a number of yuan.
    Raises UsageError naming file and line of what is wrong.
    """
    path = Path(path)
    if path.suffix.lower() == ".toml":
        text, content = read_toml(path)
        return tuple(row.line() for row in validate(_List, content, path=str(path), text=text).line)
    rows = list(csv.reader(_text(path).splitlines()))
    if not rows:
        raise UsageError(tr(f"{path}：文件是空的", f"{path}: the file is empty"))
    keys = _header(path, rows[0])
    lines = [_line(f"{path}:{number}", keys, row) for number, row in enumerate(rows[1:], 2) if any(cell.strip() for cell in row)]
    if not lines:
        raise UsageError(tr(f"{path}：只有表头，没有行", f"{path}: a header and no lines"))
    return tuple(lines)


def read_row(text: str) -> Line:
    """One line as a person types it: item,lot,quantity, then the last day of use and the price where there are such."""
    keys = ("item", "lot", "quantity", "expires", "unit_cost")
    (row,) = csv.reader([text])
    return _line("--line", keys[: len(row)] if len(row) < len(keys) else keys, row)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(tr(f"{path}：读不了：{error.strerror}", f"{path}: cannot be read: {error.strerror}")) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(tr(f"{path}：既不是 UTF-8 也不是 GB 18030", f"{path}: neither UTF-8 nor GB 18030"))


def _header(path: Path, row: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in row]
    for name in names:
        if name not in COLUMNS:
            known = tr("不认识这一列", "unknown column")
            raise UsageError(f"{path}:1: {name}: {known}{nearest(name, COLUMNS)}")
    keys = [COLUMNS[name] for name in names]
    missing = [key for key in _NEEDED if key not in keys]
    if missing or len(set(keys)) < len(keys):
        columns = "、".join(COLUMNS)
        raise UsageError(
            tr(f"{path}:1：要有 item、lot、quantity，每列一次；可用：{columns}", f"{path}:1: item, lot, quantity are needed, each once")
        )
    return keys


def _line(place: str, keys: Sequence[str], row: Sequence[str]) -> Line:
    cells = dict(zip(keys, (cell.strip() for cell in row), strict=False))
    try:
        expires = date.fromisoformat(cells["expires"]) if cells.get("expires") else None
        quantity = int(cells.get("quantity", ""))
        if len(row) > len(keys) and any(cell.strip() for cell in row[len(keys) :]):
            raise ValueError(tr("列太多", "too many columns"))
        if quantity < 1 or not cells["item"] or not cells.get("lot"):
            raise ValueError(tr("要有物品、批号和大于 0 的数量", "an item, a lot and a quantity above 0 are needed"))
        return Line(cells["item"], cells["lot"], quantity, expires, _price(cells.get("unit_cost", "")))
    except (ValueError, UsageError) as error:
        raise UsageError(f"{place}: {error}") from None


def _price(text: str) -> int:
    """A price in fen; a bare number is in yuan, as such lists write it."""
    if not text:
        return 0
    return money_fen(f"{text} yuan" if text.replace(".", "", 1).isdigit() else text)
