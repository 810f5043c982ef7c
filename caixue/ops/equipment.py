"""Is the equipment domestic (contract R4)? Every device, host, software and stock item: domestic, foreign, or nobody has said.

What nobody has said never counts as domestic; what is foreign needs an exception that the hospital has allowed and that still holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from caixue.ops.forms.exception import allowed
from caixue.ops.sheets import Sheet
from caixue.site_model import Site


class Make(StrEnum):
    """What the policy says of a thing."""

    DOMESTIC = "domestic"
    EXCEPTED = "excepted"  # foreign, and allowed by name
    FOREIGN = "foreign"  # foreign, and nobody has allowed it
    UNKNOWN = "unknown"  # nobody has said


FINDINGS = (Make.FOREIGN, Make.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the inventory; `exception` is the number of the sheet that allows it, `allowed_by` and `why` what it says."""

    group: str  # device, host, software, stock
    name: str
    make: Make
    maker: str = ""
    exception: str = ""
    allowed_by: str = ""
    why: str = ""

    @property
    def kept(self) -> bool:
        """Whether the policy is kept."""
        return self.make not in FINDINGS


@dataclass(frozen=True, slots=True)
class _Told:
    """What the site file says of a thing; `kind` of a device."""

    group: str
    name: str
    domestic: bool | None
    maker: str = ""
    kind: str = ""


def inventory(site: Site, exceptions: Iterable[Sheet], today: date) -> list[Thing]:
    """Everything of the site in scope, judged on that day."""
    holds = allowed(exceptions, today)
    return [_judged(one, holds.get(one.name) or holds.get(one.kind)) for one in _things(site)]


def counts(things: Iterable[Thing]) -> Mapping[str, int]:
    """How many things are of each make; makes without any count 0."""
    found = Counter(thing.make for thing in things)
    return {make.value: found[make] for make in Make}


def findings(things: Iterable[Thing]) -> list[Thing]:
    """What breaks the policy, or may break it for all that anybody has said."""
    return [thing for thing in things if not thing.kept]


def names(site: Site) -> tuple[str, ...]:
    """What an exception can be about: one thing, or all devices of a kind."""
    return tuple(dict.fromkeys(name for one in _things(site) for name in (one.name, one.kind) if name))


def _things(site: Site) -> Iterator[_Told]:
    for device in site.devices.values():
        yield _Told("device", device.name, device.domestic, device.maker, device.kind)
    for host in site.hosts:
        yield _Told("host", host.name, host.domestic)
    for software in site.software:
        yield _Told("software", software.name, software.domestic, software.maker)
    for item in site.stock:
        yield _Told("stock", item.item, item.domestic)


def _judged(one: _Told, exception: Sheet | None) -> Thing:
    if one.domestic is not False:
        return Thing(one.group, one.name, Make.UNKNOWN if one.domestic is None else Make.DOMESTIC, one.maker)
    if exception is None:
        return Thing(one.group, one.name, Make.FOREIGN, one.maker)
    return Thing(one.group, one.name, Make.EXCEPTED, one.maker, exception.number, exception.by("allowed"), exception.values["why"])
