"""Reading a site file (TOML) into a `Site` (contract S1, S2, S3, S4): windows, devices, people, stock, calendar, and the readings of the contract.

`extends` in a file names another site (built-in, or a path) whose tables it changes: tables merge, lists are replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from caixue.door import mistake, read_toml, validate
from caixue.drivers.registers import RegisterMap
from caixue.errors import UsageError
from caixue.site_estate import CacheSpec, Host, MediumSpec, ProbeSpec, SoftwareSpec
from caixue.site_model import (
    Behaviour,
    DeviceSpec,
    Framing,
    Labels,
    ManualStation,
    Name,
    Opening,
    Person,
    Readings,
    Shift,
    Site,
    SpecialPeriod,
    StockItem,
    Text,
    ThermalPaper,
    Transport,
    Tubes,
    Walking,
    WindowSpec,
    by_url,
)
from caixue.tubes import TUBE_KINDS
from caixue.units import nearest
from caixue.vendor_map import VendorTable, vendor_map
from caixue.workdays import Calendar, china

__all__ = [
    "BUILT_IN",
    "Behaviour",
    "CacheSpec",
    "DeviceSpec",
    "Host",
    "Labels",
    "ManualStation",
    "MediumSpec",
    "Opening",
    "Person",
    "ProbeSpec",
    "Readings",
    "Shift",
    "Site",
    "SoftwareSpec",
    "SpecialPeriod",
    "StockItem",
    "ThermalPaper",
    "Transport",
    "Tubes",
    "Walking",
    "WindowSpec",
    "load_site",
]

BUILT_IN = ("eight-window", "eight-window-full", "bare-windows")


def load_site(name_or_path: str | Path) -> Site:
    """A built-in site by name ("eight-window", "eight-window-full", "bare-windows"), or the site in a TOML file.

    Raises UsageError naming file, line and key of every mistake.
    """
    return _build(_read(_site_path(name_or_path), ()))


def _site_path(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, str) and name_or_path in BUILT_IN:
        return Path(str(resources.files("caixue").joinpath("sites", f"{name_or_path}.toml")))
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.is_file():
        raise UsageError(f"no site {str(name_or_path)!r}; built-in: {', '.join(BUILT_IN)}{nearest(path.name, BUILT_IN)}")
    return path


class _Link(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    url: Text
    framing: Framing = ""
    unit: int = Field(default=1, ge=1, le=255, strict=True)
    baudrate: int | None = Field(default=None, ge=50, strict=True)
    options: dict[str, Any] = {}
    map: Text | None = None
    domestic: bool | None = Field(default=None, strict=True)  # R4
    maker: str = ""

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: int, info: ValidationInfo) -> int:
        if unit > 247 and info.data.get("framing") != "mbap":
            raise ValueError('units are 1 to 247; 248 to 255 only with framing = "mbap"')
        return unit

    @field_validator("map")
    @classmethod
    def _for_modbus(cls, name: str | None, info: ValidationInfo) -> str | None:
        if name is not None and not info.data.get("framing"):
            raise ValueError("a map is for Modbus: write its framing")
        return name

    def device(self, name: str, kind: str, window: str, registers: RegisterMap | None) -> DeviceSpec:
        url = self.url.replace("{name}", name).replace("{window}", window)
        return DeviceSpec(name, kind, url, self.framing, self.unit, self.baudrate, window, self.options, registers, self.domestic, self.maker)


class _Device(_Link):
    name: Annotated[str, Field(pattern=r"^[^\s*]+$")]
    kind: Name


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Name
    devices: tuple[Name, ...] = ()


class _CalendarSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    overrides: tuple[Text, ...] = ()


class _SiteFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    version: Literal[1] = Field(alias="schema")
    name: Text
    place: Text
    calendar: _CalendarSection = _CalendarSection()
    opening: Opening
    shift: Shift
    readings: Readings
    kinds: dict[str, _Link] = {}
    window: tuple[_Window, ...] = Field(min_length=1)
    device: tuple[_Device, ...] = ()
    vendor_map: dict[str, VendorTable] = {}
    manual_station: ManualStation
    tubes: Tubes
    labels: Labels
    thermal_paper: ThermalPaper
    walking: Walking
    transport: Transport
    behaviour: Behaviour
    person: tuple[Person, ...]
    stock: tuple[StockItem, ...]
    special_period: tuple[SpecialPeriod, ...] = ()
    host: tuple[Host, ...] = ()
    probe: tuple[ProbeSpec, ...] = ()
    software: tuple[SoftwareSpec, ...] = ()
    medium: tuple[MediumSpec, ...] = ()
    cache: tuple[CacheSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """A site file as read: its text for quoting, its content over what it extends, and the calendar of both."""

    path: Path
    text: str
    content: dict[str, Any]
    calendar: Calendar

    def error(self, problem: str, *loc: str | int) -> UsageError:
        return UsageError(mistake(str(self.path), self.text, loc, problem))


def _read(path: Path, readers: tuple[Path, ...]) -> _Source:
    text, own = read_toml(path)
    source = _Source(path, text, own, china())
    base = own.pop("extends", None)
    if base is not None:
        lower = _lower(source, base, (*readers, path.resolve()))
        source = replace(source, content=_merged(lower.content, own), calendar=lower.calendar)
    return replace(source, calendar=_calendar(source, own))


def _lower(source: _Source, base: object, readers: tuple[Path, ...]) -> _Source:
    """The site that `source` extends; paths are relative to its file."""
    if not isinstance(base, str):
        raise source.error("write the name of a site or a path", "extends")
    path = _site_path(base if base in BUILT_IN else source.path.parent / base)
    if path.resolve() in readers:
        raise source.error(f"{base!r} extends this file in turn", "extends")
    return _read(path, readers)


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _calendar(source: _Source, own: Mapping[str, Any]) -> Calendar:
    calendar = source.calendar
    if "calendar" in own:
        for path in validate(_CalendarSection, own["calendar"], path=f"{source.path}: calendar", text="").overrides:
            calendar = calendar.with_file(source.path.parent / path)
    return calendar


def _build(source: _Source) -> Site:
    file = validate(_SiteFile, source.content, path=str(source.path), text=source.text)
    _refuse_repeats(file, source)
    _check_tubes(file.tubes, source)
    _check_periods(file, source)
    _check_caches(file, source)
    _check_probes(file, source)
    devices = _devices(file, source)
    windows = tuple(WindowSpec(window.name, index, _names_at(devices, window.name)) for index, window in enumerate(file.window))
    return Site(
        name=file.name,
        place=file.place,
        windows=windows,
        devices=devices,
        people=file.person,
        stock=file.stock,
        calendar=source.calendar,
        opening=file.opening,
        shift=file.shift,
        readings=file.readings,
        tubes=file.tubes,
        labels=file.labels,
        thermal_paper=file.thermal_paper,
        walking=file.walking,
        manual_station=replace(file.manual_station, devices=_names_at(devices, file.manual_station.name)),
        transport=file.transport,
        behaviour=file.behaviour,
        special_periods=file.special_period,
        hosts=file.host,
        probes=file.probe,
        software=file.software,
        media=file.medium,
        caches=file.cache,
    )


def _names_at(devices: Mapping[str, DeviceSpec], station: str) -> tuple[str, ...]:
    return tuple(name for name, device in devices.items() if device.window == station)


def _check_tubes(tubes: Tubes, source: _Source) -> None:
    for index, (_, kind) in enumerate(tubes.lanes):
        if kind not in TUBE_KINDS:
            raise source.error(f"unknown tube kind {kind!r}{nearest(kind, TUBE_KINDS)}", "tubes", "lanes", index)
    for kind in tubes.mix:
        if not tubes.lanes_of(kind):
            raise source.error(f"no lane holds {kind!r}{nearest(kind, tuple(kind for _, kind in tubes.lanes))}", "tubes", "mix", kind)
    if abs(sum(tubes.mix.values()) - 1) > 1e-9:
        raise source.error(f"the shares add up to {sum(tubes.mix.values()):g}, not 1", "tubes", "mix")


def _devices(file: _SiteFile, source: _Source) -> dict[str, DeviceSpec]:
    """Every device by name: first what windows and the manual station list, as a row of its own or [kinds] says, then the rest."""
    stations: dict[str, tuple[tuple[str, ...], tuple[str | int, ...]]] = {
        window.name: (window.devices, ("window", index)) for index, window in enumerate(file.window)
    }
    stations[file.manual_station.name] = (file.manual_station.devices, ("manual_station",))
    maps = _maps(file, source)
    rows = {
        row.name: row.device(row.name, row.kind, _station_of(row.name, stations), _map_of(row, row.kind, maps, source, ("device", index)))
        for index, row in enumerate(file.device)
    }
    devices = {}
    for station, (kinds, loc) in stations.items():
        for index, kind in enumerate(kinds):
            name = f"{station}.{kind}"
            devices[name] = rows.get(name) or _by_kind(file, source, maps, station, kind, (*loc, "devices", index))
    devices.update(rows)
    _refuse_shared_lines(devices, source)
    return devices


def _maps(file: _SiteFile, source: _Source) -> dict[str, RegisterMap]:
    return {name: vendor_map(name, table, partial(_in_map, source, name)) for name, table in file.vendor_map.items()}


def _in_map(source: _Source, name: str, problem: str, *loc: str) -> UsageError:
    return source.error(problem, "vendor_map", name, *loc)


def _map_of(link: _Link, kind: str, maps: Mapping[str, RegisterMap], source: _Source, loc: tuple[str | int, ...]) -> RegisterMap | None:
    """The vendor map that a row names."""
    if link.map is None:
        return None
    found = maps.get(link.map)
    if found is None:
        raise source.error(f"no [vendor_map] is called {link.map!r}{nearest(link.map, maps)}", *loc, "map")
    if found.kind != kind:
        raise source.error(f"{link.map!r} is the map of a {found.kind}, not of a {kind}", *loc, "map")
    return found


def _station_of(device: str, stations: Mapping[str, object]) -> str:
    station = device.rpartition(".")[0]
    return station if station in stations else ""


def _by_kind(
    file: _SiteFile, source: _Source, maps: Mapping[str, RegisterMap], station: str, kind: str, loc: tuple[str | int, ...]
) -> DeviceSpec:
    link = file.kinds.get(kind)
    if link is None:
        problem = f'neither [kinds] nor a [[device]] row says how to reach "{station}.{kind}"{nearest(kind, file.kinds)}'
        raise source.error(problem, *loc)
    return link.device(f"{station}.{kind}", kind, station, _map_of(link, kind, maps, source, ("kinds", kind)))


def _refuse_repeats(file: _SiteFile, source: _Source) -> None:
    lists = {
        "window": [*(window.name for window in file.window), file.manual_station.name],
        "device": [row.name for row in file.device],
        "person": [person.name for person in file.person],
        "stock": [item.item for item in file.stock],
        "host": [host.name for host in file.host],
        "probe": [probe.name for probe in file.probe],
        "software": [software.name for software in file.software],
        "medium": [medium.name for medium in file.medium],
        "cache": [cache.name for cache in file.cache],
    }
    for key, names in lists.items():
        for index, name in enumerate(names):
            if name in names[:index]:
                raise source.error(f"the name {name!r} is used twice", key, index)


def _check_periods(file: _SiteFile, source: _Source) -> None:
    for index, period in enumerate(file.special_period):
        if period.last < period.first:
            raise source.error(f"{period.name} runs from {period.first} to {period.last}", "special_period", index)


def _check_caches(file: _SiteFile, source: _Source) -> None:
    for index, cache in enumerate(file.cache):
        if cache.problem():
            raise source.error(cache.problem(), "cache", index)


def _check_probes(file: _SiteFile, source: _Source) -> None:
    for index, probe in enumerate(file.probe):
        if probe.problem():
            raise source.error(probe.problem(), "probe", index)


def _refuse_shared_lines(devices: Mapping[str, DeviceSpec], source: _Source) -> None:
    """Devices may share a line only under different Modbus units: nobody else could tell their bytes apart."""
    for together in by_url(devices.values()):
        for other, device in combinations(together, 2):
            if not device.framing or other.framing != device.framing or device.unit == other.unit:
                raise source.error(f"{other.name} and {device.name} have the same url {device.url!r}", "device")
