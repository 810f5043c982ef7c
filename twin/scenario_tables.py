"""The tables of a scenario file that say who comes, who works and which windows are open; times are integer microseconds (`_us`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from caixue.lang import tr
from caixue.units import DaySpan
from twin.door import Duration, DurationOrZero, Factor, Name, Share, Table, Text, at_door, read_span, read_spans
from twin.problems import shown

# distribution → the keys it needs, besides `distribution` itself
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "lognormal": ("mean", "sd"),
    "gamma": ("mean", "sd"),
    "exponential": ("mean",),
    "deterministic": ("mean",),
    "empirical": ("values",),
    "recorded": (),
}
ORDINARY_CLASS = "adult"  # everybody who is in no [[patient_class]]
_EXAMPLES = {"mean": '"110 s"', "sd": '"45 s"', "values": '["95 s", "110 s", "140 s"]'}


class Distribution(Table):
    """A duration drawn by chance: its family, and the mean, standard deviation or values of it."""

    distribution: Literal["lognormal", "exponential", "deterministic", "gamma", "empirical"]
    mean_us: Duration | None = Field(None, alias="mean")
    sd_us: Duration | None = Field(None, alias="sd")
    values_us: tuple[Duration, ...] | None = Field(None, alias="values", min_length=1)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Distribution:
        needs = _NEEDS[self.distribution]
        for key, value in (("mean", self.mean_us), ("sd", self.sd_us), ("values", self.values_us)):
            if key in needs and value is None:
                what = tr(f"{self.distribution} 需要 {key}", f"{self.distribution} needs {key}")
                raise at_door(what, tr("加上 ", "add ") + f"{key} = {_EXAMPLES[key]}")
            if key not in needs and value is not None:
                what = tr(f"{self.distribution} 没有 {key}", f"{self.distribution} has no {key}")
                raise at_door(what, tr(f"删去 {key}", f"remove {key}"), key)
        return self


class Service(Distribution):
    """The time of a draw (on bare windows: of the whole visit); `recorded` takes it from the CSV."""

    distribution: Literal["lognormal", "exponential", "deterministic", "gamma", "empirical", "recorded"]  # type: ignore[assignment]


DEFAULT_SERVICE = Service.model_validate({"distribution": "lognormal", "mean": "110 s", "sd": "45 s"})


class Load(Table):
    """Who comes and when: exactly one of a built-in profile, Poisson rates by slot, or a recorded day."""

    profile: Literal["weekday-morning"] | None = None
    rates_per_h: tuple[Annotated[float, Field(ge=0, le=100_000)], ...] | None = Field(None, min_length=1)
    slot_us: Duration = Field(3_600_000_000, alias="slot")
    arrivals_csv: Text | None = None  # relative to the scenario's folder
    scale: Annotated[float, Field(ge=0, le=1000)] = 1.0
    service: Service = DEFAULT_SERVICE
    priority_share: Share = 0.0

    @model_validator(mode="after")
    def _has_one_source(self) -> Load:
        given = [key for key in ("profile", "rates_per_h", "arrivals_csv") if getattr(self, key) is not None]
        if not given:
            what = tr("[load] 没有说明谁会来", "[load] does not say who comes")
            raise at_door(
                what,
                tr("加上 ", "add ") + 'profile = "weekday-morning"' + tr("、", ", ") + "rates_per_h" + tr(" 或 ", " or ") + "arrivals_csv",
            )
        if len(given) > 1:
            what = tr(f"{given[0]} 与 {given[1]} 只能有一个", f"{given[0]} and {given[1]} exclude each other")
            raise at_door(what, tr(f"删去 {given[1]}", f"remove {given[1]}"), given[1])
        self._check_recorded()
        if self.rates_per_h is None and "slot_us" in self.model_fields_set:
            raise at_door(tr("slot 只用于 rates_per_h", "slot is for rates_per_h only"), tr("删去 slot", "remove slot"), "slot")
        return self

    def _check_recorded(self) -> None:
        if self.service.distribution == "recorded" and self.arrivals_csv is None:
            what = tr("recorded 需要 arrivals_csv", "recorded needs arrivals_csv")
            raise at_door(what, tr("加上 ", "add ") + 'arrivals_csv = "recorded_day.csv"', "service")
        if self.scale != 1.0 and self.arrivals_csv is not None:
            what = tr("记录下来的人不能按比例增减", "recorded people cannot be scaled")
            raise at_door(what, tr("删去 scale，或改用 rates_per_h", "remove scale, or use rates_per_h"), "scale")


class PatientClass(Table):
    """Some of the patients, and what is different about them; everybody else is an ordinary patient."""

    name: Name
    share: Share
    returns_us: tuple[Duration, ...] = Field((), alias="returns")  # timed draws after the first one
    tolerance_us: DurationOrZero = Field(300_000_000, alias="tolerance")
    service_factor: Factor = 1.0
    priority: Annotated[int, Field(ge=0, le=9)] = 0  # higher goes first
    nurses_needed: Annotated[int, Field(ge=1, le=8)] = 1
    lane: Name | None = None  # the only window that serves them
    batch: Annotated[int, Field(ge=1, le=10_000)] | None = None  # so many arrive together
    at_us: DurationOrZero | None = Field(None, alias="at")  # one such group comes then, besides those of the load
    missed_call: Share = 0.0
    patience: Distribution | None = None  # None: they wait as long as it takes
    tubes_mean: Annotated[float, Field(gt=0, le=50)] | None = None  # None: the site's

    @model_validator(mode="after")
    def _is_a_group(self) -> PatientClass:
        if self.at_us is not None and self.batch is None:
            raise at_door(tr("at 需要 batch：来多少人", "at needs batch: how many come"), tr("加上 ", "add ") + "batch = 60", "at")
        if self.at_us is not None and self.share:
            what = tr("at 的这批人不在 [load] 之内", "the group of at comes besides those of [load]")
            raise at_door(what, tr("写 share = 0", "write share = 0"), "share")
        return self


class Appointments(Table):
    """Patients who come by appointment."""

    share: Share = 0.0
    slot_us: Duration = Field(900_000_000, alias="slot")
    capacity: Annotated[int, Field(ge=1)] = 1
    punctuality: Distribution | None = None
    no_show: Share = 0.0


@dataclass(frozen=True, slots=True)
class NurseSpan:
    """So many nurses work from `start_us` until `end_us`."""

    start_us: int
    end_us: int
    count: int


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """Window `window` (from 1) is open from `start_us` until `end_us`."""

    window: int
    start_us: int
    end_us: int


def _entries(value: object, example: str) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        raise at_door(tr(f"{shown(value)} 不是一个表", f"{shown(value)} is not a table"), tr("写法如 ", "write it like ") + example)
    if not value:
        raise at_door(tr("这个表是空的", "this table is empty"), tr("写法如 ", "write it like ") + example)
    return list(value.items())


def _read_nurses(value: object) -> tuple[NurseSpan, ...]:
    spans: list[NurseSpan] = []
    for key, count in _entries(value, 'nurses = { "07:00-10:30" = 8 }'):
        span = read_span(key, key)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1000:
            raise at_door(tr(f"{shown(count)} 不是人数", f"{shown(count)} is not a number of nurses"), f'"{key}" = 8', key)
        if any(span.start_us < other.end_us and other.start_us < span.end_us for other in spans):
            what = tr(f'"{key}" 与前面的时段重叠', f'"{key}" overlaps an earlier span')
            raise at_door(what, tr("各时段不得重叠", "the spans must not overlap"), key)
        spans.append(NurseSpan(span.start_us, span.end_us, count))
    return tuple(sorted(spans, key=lambda one: one.start_us))


def _read_open(value: object) -> tuple[WindowSpan, ...] | Literal["recorded"]:
    if isinstance(value, str):
        if value == "recorded":
            return "recorded"
        what = tr(f"{shown(value)} 不是开放时间", f"{shown(value)} is not opening hours")
        raise at_door(what, tr("写法如 ", "write it like ") + 'open = { "1-4" = "07:00-12:00" }' + tr(" 或 ", " or ") + 'open = "recorded"')
    spans: dict[int, tuple[DaySpan, ...]] = {}
    for key, hours in _entries(value, 'open = { "1-4" = "07:00-12:00" }'):
        read = read_spans(hours, key)
        for window in _windows(key):
            if window in spans:
                what = tr(f"窗口 {window} 写了两次", f"window {window} stands twice")
                raise at_door(what, tr(f'从 "{key}" 中去掉它', f'take it out of "{key}"'), key)
            spans[window] = read
    return tuple(WindowSpan(window, span.start_us, span.end_us) for window in sorted(spans) for span in spans[window])


def _windows(key: str) -> range:
    match = re.fullmatch(r"([0-9]{1,3})(?:-([0-9]{1,3}))?", key)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last:
        raise at_door(
            tr(f'"{key}" 不是窗口号', f'"{key}" is not a window number'), tr('写法如 "3" 或 "1-4"', 'write it like "3" or "1-4"'), key
        )
    return range(first, last + 1)


Nurses = Annotated[
    tuple[NurseSpan, ...] | None,
    PlainValidator(_read_nurses),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}, "examples": [{"07:00-10:30": 8}]}),
]
Open = Annotated[
    tuple[WindowSpan, ...] | Literal["recorded"] | None,
    PlainValidator(_read_open),
    WithJsonSchema({"anyOf": [{"const": "recorded"}, {"type": "object", "additionalProperties": {"type": "string"}}]}),
]


class Staff(Table):
    """Who works; the spans of `nurses` are in microseconds after midnight, None means one nurse a window all day."""

    engineers: Annotated[int, Field(ge=0, le=100)] = 1
    nurses: Nurses = None
    duties: bool | None = None  # start-up, rounds, maintenance, shut-down by the engineers; None: where the run has several days
    desk: bool = False  # also what is done at a desk: inspection, backups, patches, training, drills, attendance, the month's end


class Windows(Table):
    """Which windows are open when (microseconds after midnight); None means all of them, all the time. A window not named stays closed."""

    open: Open = None
    count: Annotated[int, Field(ge=1, le=200)] | None = None


class StockRow(Table):
    """What the store holds of one item when the run begins, and how long an order of it takes; what is not said is as at the site."""

    item: Text
    on_hand: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    lead_time_us: Duration | None = Field(None, alias="lead_time")


class LeaveRow(Table):
    """Leave of an engineer, from the first day to the last, and the named substitute who does his work meanwhile."""

    person: Name
    first: date = Field(alias="from")
    last: date = Field(alias="until")
    substitute: Name

    @model_validator(mode="after")
    def _is_in_order(self) -> LeaveRow:
        if self.last < self.first:
            what = tr(f"{self.last} 在 {self.first} 之前", f"{self.last} is before {self.first}")
            raise at_door(what, tr("until 是最后一天", "until is the last day"), "until")
        if self.substitute == self.person:
            raise at_door(tr("不能替自己的班", "nobody stands in for himself"), 'substitute = "engineer-2"', "substitute")
        return self
