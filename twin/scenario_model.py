"""The scenario: its faults, and the whole file past the door; times are integer microseconds after `start` (`_us`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, PrivateAttr, model_validator
from pydantic.json_schema import SkipJsonSchema

from caixue.lang import tr
from twin.door import Duration, DurationOrZero, RunLength, Table, Text, at_door
from twin.expectations import Expect, Steady
from twin.scenario_tables import Appointments, Distribution, LeaveRow, Load, NurseSpan, PatientClass, Staff, StockRow, Windows, WindowSpan

DEFAULT_START = datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=8)))  # a Monday


class Fault(Table):
    """One injected fault: when, on what, which kind, until when; what only this kind knows is collected in `detail`."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    at_us: DurationOrZero = Field(alias="at")  # after the start
    device: Text | None = None
    link: Text | None = None
    kind: Text
    until: Literal["repaired"] | None = None
    for_us: Duration | None = Field(None, alias="for")
    detail: Annotated[Mapping[str, Any], SkipJsonSchema()] = {}

    @model_validator(mode="before")
    @classmethod
    def _collect_detail(cls, row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        known = {key: value for key, value in row.items() if key in _FAULT_KEYS}
        return {**known, "detail": {key: value for key, value in row.items() if key not in _FAULT_KEYS}}

    @model_validator(mode="after")
    def _has_one_target_and_one_end(self) -> Fault:
        if self.device is None and self.link is None:
            raise at_door(tr("没有写明哪台设备", "no device is named"), tr("加上 ", "add ") + 'device = "window-3.label-printer"')
        if self.device is not None and self.link is not None:
            raise at_door(
                tr("device 与 link 只能有一个", "device and link exclude each other"), tr("删去一个", "remove one of them"), "link"
            )
        if self.until is not None and self.for_us is not None:
            raise at_door(tr("until 与 for 只能有一个", "until and for exclude each other"), tr("删去一个", "remove one of them"), "for")
        return self

    @property
    def target(self) -> str:
        """The name of the device, or of the device whose link it is."""
        return self.device or self.link or ""

    @property
    def until_repaired(self) -> bool:
        """True when the fault lasts until somebody repairs it; else it ends by itself after `for_us`."""
        return self.for_us is None


_FAULT_KEYS = ("at", "device", "link", "kind", "until", "for")


class RandomFaults(Table):
    """The catalogue's own rates, times `scale`."""

    enabled: bool = False
    scale: Annotated[float, Field(ge=0, le=1000)] = 1.0


class RandomFault(Table):
    """A fault that comes by itself, exponentially, busy or idle; `device` may hold the wildcards * and ?."""

    device: Text
    kind: Text
    mtbf_us: Duration = Field(alias="mtbf")
    repair: Distribution


def _check_start(value: datetime) -> datetime:
    if not 1970 <= value.year <= 2200:
        raise at_door(
            tr(f"{value.year} 年不在 1970 到 2200 之间", f"the year {value.year} is not in 1970 to 2200"),
            "start = 2026-11-23T07:00:00+08:00",
        )
    return value


class Scenario(Table):
    """A whole scenario file past the door: every value is right by itself, times are microseconds after `start`."""

    format: Literal[1] = Field(alias="schema")
    title: str = ""
    site: Text
    start: Annotated[AwareDatetime, AfterValidator(_check_start)] = DEFAULT_START
    duration_us: RunLength = Field(21_600_000_000, alias="duration")
    days: Annotated[int, Field(ge=1, le=3660)] = 1
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    fidelity: Literal["wire", "timing"] = "wire"
    load: Load
    patient_classes: tuple[PatientClass, ...] = Field((), alias="patient_class")
    appointments: Appointments | None = None
    staff: Staff = Staff()
    leaves: tuple[LeaveRow, ...] = Field((), alias="leave")
    windows: Windows = Windows()
    stock: tuple[StockRow, ...] = ()
    steady: tuple[Steady, ...] = ()
    faults: tuple[Fault, ...] = Field((), alias="fault")
    random_faults: RandomFaults = RandomFaults()
    random_fault_rows: tuple[RandomFault, ...] = Field((), alias="random_fault")
    expectations: tuple[Expect, ...] = Field((), alias="expect")

    _path: Path = PrivateAttr(Path())
    _canonical: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def path(self) -> Path:
        """The file that it was read from; paths in it are relative to its folder."""
        return self._path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._path.stem

    @property
    def canonical(self) -> Mapping[str, Any]:
        """What the file says, overrides included, as plain JSON values with sorted keys."""
        return self._canonical

    @property
    def digest(self) -> str:
        """The SHA-256 of what the file says, overrides included, apart from title and seed: who ran another scenario has another one."""
        said = {key: value for key, value in self.canonical.items() if key not in ("title", "seed")}
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    @property
    def site_source(self) -> str:
        """What `caixue.site.load_site` takes: a built-in name, or the path of the site's file."""
        return str(self.path.parent / self.site) if self.site.endswith(".toml") else self.site

    @property
    def arrivals_path(self) -> Path | None:
        """The recorded day, if the load is one."""
        return None if self.load.arrivals_csv is None else self.path.parent / self.load.arrivals_csv

    @property
    def midnight_us(self) -> int:
        """Midnight of the first day, as microseconds after `start` (zero or negative)."""
        start = self.start
        return -(((start.hour * 60 + start.minute) * 60 + start.second) * 1_000_000 + start.microsecond)

    @property
    def nurse_spans(self) -> tuple[NurseSpan, ...] | None:
        """Who serves when, in microseconds after `start`; None: one nurse a window, all day."""
        if self.staff.nurses is None:
            return None
        return tuple(NurseSpan(*self._after_start(span), span.count) for span in self.staff.nurses if self._touches(span))

    @property
    def window_spans(self) -> tuple[WindowSpan, ...] | Literal["recorded"] | None:
        """Which window is open when, in microseconds after `start`; None: all of them, all the time."""
        if self.windows.open is None or self.windows.open == "recorded":
            return self.windows.open
        return tuple(WindowSpan(span.window, *self._after_start(span)) for span in self.windows.open if self._touches(span))

    def located(self, path: Path, canonical: Mapping[str, Any]) -> Scenario:
        """The same scenario, knowing the file that it came from."""
        copy = self.model_copy()
        copy._path, copy._canonical = path, canonical
        return copy

    def _after_start(self, span: NurseSpan | WindowSpan) -> tuple[int, int]:
        return max(0, self.midnight_us + span.start_us), self.midnight_us + span.end_us

    def _touches(self, span: NurseSpan | WindowSpan) -> bool:
        return self.midnight_us + span.end_us > 0
