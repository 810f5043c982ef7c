"""Which version of which software is where (contract S3, R5.5): what the site file says, and what was installed or taken back since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed
from caixue.lang import tr
from caixue.site_estate import SoftwareSpec
from caixue.units import nearest

KINDS = ("patch.installed", "patch.rolled-back", "change.installed", "change.rolled-back")
EVERYWHERE = "all"  # every place that has no version of its own


@dataclass(frozen=True, slots=True)
class Installed:
    """One version at one place; `by` and `number` (of the patch or change) are empty and `since_us` is None for what the site file says."""

    software: str
    place: str
    version: str
    since_us: int | None = None
    by: str = ""
    number: str = ""


class Versions:
    """The versions of a site's software; it changes by hearing events alone."""

    def __init__(self, specs: Iterable[SoftwareSpec], followed: Followed | None = None) -> None:
        self.specs: Mapping[str, SoftwareSpec] = {spec.name: spec for spec in specs}
        self._found = {spec.name: {home(spec): Installed(spec.name, home(spec), spec.version)} for spec in self.specs.values()}
        self._heard = -1
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def spec(self, name: str) -> SoftwareSpec:
        """The software of that name. Raises UsageError for one that the site file does not know."""
        if name not in self.specs:
            what = tr(f"现场文件里没有软件 {name}（[[software]]）", f"the site file knows no software {name} ([[software]])")
            raise UsageError(what + nearest(name, self.specs))
        return self.specs[name]

    def at(self, software: str, place: str = "") -> str:
        """The version of a software at a place; without one, where it usually is. Raises UsageError for an unknown software."""
        spec = self.spec(software)
        found = self._found[software]
        return (found.get(place or home(spec)) or found[home(spec)]).version

    def usual(self) -> dict[str, str]:
        """The version of every software where it usually is."""
        return {name: self.at(name) for name in self.specs}

    def rows(self) -> Iterator[Installed]:
        """Every version that is somewhere, in the order of the site file."""
        for places in self._found.values():
            yield from places.values()

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing, nor does one about a software that the site no longer has."""
        if event.kind not in KINDS or event.seq <= self._heard:
            return
        self._heard, data = event.seq, event.data
        places = self._found.get(data["software"])
        if places is None:
            return
        usual = home(self.specs[data["software"]])
        version = data["back_to"] if "back_to" in data else data["version"]
        for place in data["where"]:
            if place == usual:
                places.clear()
            places[place] = Installed(data["software"], place, version, event.at_us, event.actor, event.subject)


def home(spec: SoftwareSpec) -> str:
    """Where a software is, by the site file."""
    return spec.host or EVERYWHERE
