"""`[vendor_map]` of a site file: where a vendor keeps the points of our open profile, checked against the kind's card at load.

A map names every input and holding of the profile once: an `address` with its coding, or, for an input that the device does not
have and that no job rests on, a `constant`. Commands and alarms that it does not name keep the profile's codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

import caixue.drivers
from caixue.discovery import classes_by_kind
from caixue.drivers.card import DeviceCard
from caixue.drivers.modbus_device import ModbusDriver
from caixue.drivers.registers import UNKNOWN, Place, RegisterMap, register_map
from caixue.errors import UsageError
from caixue.site_model import Name
from caixue.units import nearest
from caixue.wire.modbus import MOST_READ, READ_HOLDING

Word = Annotated[int, Field(strict=True, ge=0, le=0xFFFF)]
Fail = Callable[..., UsageError]  # the problem, then the keys that lead to it in the table of this map
NEEDED = ("state", "alarm", "accepted", "completed", "result")  # whether a job was done is judged by these
VERBATIM = ("accepted", "completed", "job")  # job numbers must come back as they were written
CODED = {"alarm": "alarms", "command": "commands"}  # their numbers have a table of their own
_STRICT = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Row(BaseModel):
    """One point: its registers, and how they become the profile's number."""

    model_config = _STRICT
    address: Word | None = None
    function: Literal[3, 4] = 4
    words: Literal[1, 2] = 1
    word_order: Literal["big", "little"] = "big"
    scale: float = Field(default=1.0, gt=0, strict=True)
    values: dict[int, Word] = {}
    constant: Word | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.address is None) == (self.constant is None):
            raise ValueError("write an address, or a constant for what the device does not have")
        if self.constant is not None and self.model_fields_set != {"constant"}:
            raise ValueError("a constant has no address and no coding")
        if self.values and self.scale != 1.0:
            raise ValueError("listed values are not scaled: leave out scale or values")
        if self.address is not None and self.address + self.words > 0x10000:
            raise ValueError("the last register is 65535")
        if any(not 0 <= raw < 1 << 16 * self.words for raw in self.values):
            raise ValueError(f"{self.words} word(s) hold 0 to {(1 << 16 * self.words) - 1}")
        return self

    def place(self, function: int, codes: Mapping[int, int] | None = None) -> Place:
        """This row as drivers and models use it."""
        assert self.address is not None
        return Place(function, self.address, self.words, self.word_order == "little", self.scale, codes or self.values)


class VendorTable(BaseModel):
    """One `[vendor_map."name"]`."""

    model_config = _STRICT
    kind: Name
    gap: int = Field(default=0, ge=0, le=MOST_READ, strict=True)
    inputs: dict[str, Row]
    holdings: dict[str, Row]
    commands: dict[str, Word] = {}
    alarms: dict[str, Word] = {}


def vendor_map(name: str, table: VendorTable, fail: Fail) -> RegisterMap:
    """The map of one table; raises what `fail` makes of the first mistake."""
    card = _card(table.kind, fail)
    _check_points(table.inputs, card.inputs, "inputs", fail)
    _check_points(table.holdings, card.holdings, "holdings", fail)
    commands = {command: code for command, code in card.commands.items() if isinstance(code, int)}
    alarms = {alarm.name: code for code, alarm in card.alarms.items()}
    ours = _codes("commands", commands, table.commands, fail)
    theirs = _codes("alarms", alarms, table.alarms, fail)
    coding = {"alarm": {0: 0} | {code: alarms[alarm] for alarm, code in theirs.items()}} if table.alarms else {}
    return register_map(
        table.kind,
        {point: row.place(row.function, coding.get(point)) for point, row in table.inputs.items() if row.address is not None},
        {point: row.place(READ_HOLDING) for point, row in table.holdings.items()},
        ours,
        name=name,
        constants={point: row.constant for point, row in table.inputs.items() if row.constant is not None},
        gap=table.gap,
    )


def _card(kind: str, fail: Fail) -> DeviceCard:
    drivers = classes_by_kind(caixue.drivers, "caixue.drivers", ModbusDriver)
    if kind not in drivers:
        raise fail(f"no Modbus device is of kind {kind!r}{nearest(kind, drivers)}", "kind")
    return drivers[kind].card


def _check_points(rows: Mapping[str, Row], points: Iterable[str], key: str, fail: Fail) -> None:
    for point, row in rows.items():
        if point not in points:
            raise fail(f"the profile has no such point{nearest(point, tuple(points))}", key, point)
        _check_row(point, row, key, fail)
    missing = [point for point in points if point not in rows]
    if missing:
        without = f"; a device without it: {missing[0]} = {{ constant = 0 }}" if key == "inputs" and missing[0] not in NEEDED else ""
        raise fail(f"{missing[0]!r} is missing{without}", key)
    _refuse_overlap(rows, key, fail)


def _check_row(point: str, row: Row, key: str, fail: Fail) -> None:
    if row.constant is not None and (key == "holdings" or point in NEEDED):
        raise fail("jobs rest on this point: it needs an address", key, point)
    if (row.values or row.scale != 1.0) and point in (*VERBATIM, *CODED):
        why = f"write its codes under [{CODED[point]}]" if point in CODED else "a job number is kept as it is: no scale, no values"
        raise fail(why, key, point)
    if key == "holdings" and (row.values or "function" in row.model_fields_set):
        raise fail("a holding has neither function nor values", key, point)
    if point == "state" and any(known > 2 for known in row.values.values()):
        raise fail("states are 0 ready, 1 busy, 2 fault", key, point)


def _refuse_overlap(rows: Mapping[str, Row], key: str, fail: Fail) -> None:
    taken: dict[tuple[int, int], str] = {}
    for point, row in rows.items():
        for address in range(row.address, row.address + row.words) if row.address is not None else ():
            other = taken.setdefault((row.function, address), point)
            if other != point:
                raise fail(f"register {address} is {other!r} already", key, point)


def _codes(key: str, known: Mapping[str, int], given: Mapping[str, int], fail: Fail) -> dict[str, int]:
    """Name → the vendor's code; raises for names that the card does not have and for codes that two share."""
    for name, code in given.items():
        if name not in known:
            raise fail(f"the profile does not know it{nearest(name, known)}", key, name)
        if code in (0, UNKNOWN):
            raise fail(f"{code} means none", key, name)
    codes = {**known, **given}
    owners: dict[int, str] = {}
    for name, code in codes.items():
        other = owners.setdefault(code, name)
        if other != name:
            wrong, right = (name, other) if name in given else (other, name)
            raise fail(f"code {code} is {right!r} already", key, wrong)
    return codes
