"""What a site is made of: frozen dataclasses, read once from a site file, which carries the source of every number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, with_config

from caixue.drivers.registers import RegisterMap
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.site_estate import CacheSpec, Host, MediumSpec, ProbeSpec, SoftwareSpec
from caixue.units import US_PER_DAY, DaySpan, DaySpanField, DurationUs, MoneyFen, format_duration
from caixue.workdays import Calendar, DayKind, Kind

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
Count = Annotated[int, Field(strict=True, ge=1)]
Amount = Annotated[int, Field(strict=True, ge=0)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Factor = Annotated[float, Field(strict=True, gt=0)]
Text = Annotated[str, Field(min_length=1)]
Framing = Literal["rtu", "mbap", ""]
Name = Annotated[str, Field(pattern=r"^[^\s.*]+$")]
LEAD_TIME_US = 14 * US_PER_DAY  # of whatever the site file says nothing about; assumed: docs/assumptions.md A-110


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """One window; `index` is its place in `Site.windows`, from 0; `devices` are full names such as "window-3.label-printer"."""

    name: str
    index: int
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device and how it is reached; `framing` is empty where it does not speak Modbus, `window` where it belongs to none."""

    name: str
    kind: str
    url: str
    framing: Framing
    unit: int  # Modbus unit, 1 to 247
    baudrate: int | None  # None: the card's
    window: str  # the window or manual station it stands at
    options: Mapping[str, object]
    registers: RegisterMap | None = None  # where a vendor keeps the points; None: where the card says
    domestic: bool | None = None  # R4; None: nobody has said
    maker: str = ""


def by_url(devices: Iterable[DeviceSpec]) -> list[list[DeviceSpec]]:
    """The devices line by line: those with one URL share one."""
    lines: dict[str, list[DeviceSpec]] = {}
    for device in devices:
        lines.setdefault(device.url, []).append(device)
    return list(lines.values())


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here, by a name that the room uses for the post."""

    name: Name
    role: Literal["nurse", "engineer", "head", "maker", "hospital"]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class StockItem:
    """A part or consumable in the store; the cost of one unit is in fen (1/100 yuan)."""

    item: Name
    on_hand: Amount
    minimum: Amount
    unit: Text  # "piece", "roll", "tube"
    unit_cost_fen: Annotated[MoneyFen, Field(alias="unit_cost")]
    lead_time_us: Annotated[DurationUs, Field(alias="lead_time")] = LEAD_TIME_US  # from the order to the shelf
    domestic: Annotated[bool, Field(strict=True)] | None = None  # R4: of domestic make; None: nobody has said
    pack: Count = 1  # pieces that are only sold together (S4)


def _in_order(spans: tuple[DaySpan, ...]) -> tuple[DaySpan, ...]:
    if any(later.start_us < earlier.end_us for earlier, later in pairwise(spans)):
        raise ValueError("the spans must follow one another")
    return spans


Spans = Annotated[tuple[DaySpanField, ...], AfterValidator(_in_order)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Opening:
    """When patients are served, by type of day."""

    workday: Spans
    weekend: Spans
    holiday: Spans

    def on(self, day: DayKind) -> tuple[DaySpan, ...]:
        """The opening hours of such a day; a make-up workday is a workday."""
        if day.works:
            return self.workday
        return self.holiday if day.kind is Kind.HOLIDAY else self.weekend


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Shift:
    """When the resident engineer is on site on a workday (R2); on other days the opening hours count."""

    workday: Annotated[Spans, Field(min_length=1)]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SpecialPeriod:
    """Days of special cover (R2, C5): 7x24 by telephone and remotely, on site within 60 minutes. Both days count."""

    name: Text
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="until")]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Readings:
    """How this site reads what the contract leaves open."""

    working_day: Literal["end of next working day", "8 working hours"]
    host_usable_within_us: Annotated[DurationUs, Field(alias="host_usable_within")]
    clock_starts: Literal["first of reported and detected", "reported", "detected"]
    clock_pauses: tuple[Text, ...]
    immediate_response_us: Annotated[DurationUs, Field(alias="immediate_response")]

    def sentences(self) -> tuple[str, ...]:
        """Each reading as every report prints it."""
        usable, response = format_duration(self.host_usable_within_us), format_duration(self.immediate_response_us)
        pauses = ", ".join(self.clock_pauses) or tr("无", "nothing")
        return (
            tr(f"工作日的解释：{self.working_day}（R3）", f"a working day means: {self.working_day} (R3)"),
            tr(
                f"主机可用：能备好并核对一盘管，或在 {usable} 内恢复（R5.3）",
                f"usable: prepares a verified tray, or is back within {usable} (R5.3)",
            ),
            tr(f"计时起点：{self.clock_starts}（R3）", f"the clock starts at: {self.clock_starts} (R3)"),
            tr(f"计时暂停：{pauses}（须记录责任人，R4）", f"the clock pauses for: {pauses} (with a named person, R4)"),
            tr(f"即时响应：{response} 内（R3）", f"immediate response: within {response} (R3)"),
        )


def _numbered(kinds: object) -> object:
    """The file lists the kinds of the lanes in their order; a lane's number is its place, from 1."""
    return list(enumerate(kinds, 1)) if isinstance(kinds, list) else kinds


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Tubes:
    """The tubes in every dispenser, and how many and which ones patients need."""

    lanes: Annotated[tuple[tuple[int, Name], ...], BeforeValidator(_numbered), Field(min_length=1)]  # (lane number from 1, tube kind)
    lane_capacity: Count
    lane_low: Amount
    patient_mean: Factor
    patient_max: Count
    mix: Mapping[str, Share]  # tube kind → share of all tubes; the sum is 1

    def lanes_of(self, kind: str) -> tuple[int, ...]:
        """The lanes that hold tubes of `kind`, in their order."""
        return tuple(number for number, tube in self.lanes if tube == kind)


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Labels:
    """The label roll and how labels are printed."""

    width_mm: Factor  # along the tube
    feed_mm: Factor  # label and gap, round the tube
    per_roll: Count
    near_end: Amount  # labels left at the near-end alarm
    ribbon: Annotated[bool, Field(strict=True)]
    dpi: Count
    barcode: Literal["picket-fence", "ladder"]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ThermalPaper:
    """The receipt roll of a window."""

    width_mm: Factor
    roll_mm: Factor
    slip_mm: Factor


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Walking:
    """How long people take to get somewhere; the approach runs beside the preparation of the tubes."""

    approach_us: Annotated[DurationUs, Field(alias="approach")]  # call, walk, identity check
    engineer_us: Annotated[DurationUs, Field(alias="engineer")]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ManualStation:
    """Where patients are served by hand when windows are down; a visit takes `factor` times as long."""

    name: Name
    devices: tuple[str, ...]
    factor: Factor


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Transport:
    """The way of a specimen from the window to the laboratory: on foot, or over the belt where the site has a conveyor."""

    mean_us: Annotated[DurationUs, Field(alias="mean")]  # on foot
    beyond_belt_us: Annotated[DurationUs, Field(alias="beyond_belt")]  # from the belt's end
    window_spacing_mm: Factor  # along the belt; the last position is one spacing from the belt's end
    tray_tubes: Count  # what the tray of a window holds while the belt stands
    porter_us: Annotated[DurationUs, Field(alias="porter")]  # from the call until the porter is in the room


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Behaviour:
    """What patients do that no device causes; patience (lognormal) counts only where a scenario asks for it."""

    left_after_labelling: Share
    patience_mean_us: Annotated[DurationUs, Field(alias="patience_mean")]
    patience_sd_us: Annotated[DurationUs, Field(alias="patience_sd")]


@dataclass(frozen=True, slots=True)
class Site:
    """One room, real or simulated."""

    name: str
    place: str
    windows: tuple[WindowSpec, ...]
    devices: Mapping[str, DeviceSpec]
    people: tuple[Person, ...]
    stock: tuple[StockItem, ...]
    calendar: Calendar
    opening: Opening
    shift: Shift
    readings: Readings
    tubes: Tubes
    labels: Labels
    thermal_paper: ThermalPaper
    walking: Walking
    manual_station: ManualStation
    transport: Transport
    behaviour: Behaviour
    special_periods: tuple[SpecialPeriod, ...] = ()
    hosts: tuple[Host, ...] = ()
    probes: tuple[ProbeSpec, ...] = ()
    software: tuple[SoftwareSpec, ...] = ()
    media: tuple[MediumSpec, ...] = ()
    caches: tuple[CacheSpec, ...] = ()

    def opening_on(self, day: date) -> tuple[DaySpan, ...]:
        """The opening hours of that day by the site's calendar."""
        return self.opening.on(self.calendar.day_kind(day))

    def with_windows(self, windows: int | Iterable[str]) -> Site:
        """The same site with so many windows, or with windows of these names; known windows keep their devices.

        Raises UsageError for none, a repeated name, or a window that a site with devices does not have.
        """
        names = _window_names(windows)
        known = {window.name: window for window in self.windows}
        strange = [name for name in names if name not in known]
        if strange and any(window.devices for window in self.windows):
            raise UsageError(f"site {self.name}: no window {strange[0]!r}; only a site without devices can be given other windows")
        kept = tuple(WindowSpec(name, index, known[name].devices if name in known else ()) for index, name in enumerate(names))
        gone = known.keys() - set(names)
        devices = {name: device for name, device in self.devices.items() if device.window not in gone}
        return replace(self, windows=kept, devices=devices)


def _window_names(windows: int | Iterable[str]) -> tuple[str, ...]:
    names = tuple(f"window-{number}" for number in range(1, windows + 1)) if isinstance(windows, int) else tuple(windows)
    if not names or len(set(names)) != len(names):
        raise UsageError("a site needs at least one window, each name once")
    return names
