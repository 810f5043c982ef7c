"""The start-up check of driver services (contract C2.1.1, R5.5): one that is missing is told before the doors open, not by the first patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from caixue.drivers.base import Driver
from caixue.errors import DeviceError
from caixue.ops.starting import START_UP
from caixue.ops.steps import Place, Procedure, StepRow
from caixue.ops.usage import is_here
from caixue.probes.processes import Programs, known_as
from caixue.site_estate import SoftwareSpec
from caixue.site_model import Site

STEP = "driver-service"
MISSING, UNSEEN = "service-missing", "services-unseen"  # the alarms of the step's errors
_KINDS = ("collection-host", "tube-dispenser", "*label-printer", "barcode-scanner")  # of a window
_RESTING = ("dispenser-ready", "label-printer-ready", "host-ready")  # rows that are for nothing where the service is missing


class Watch(Protocol):
    """Who knows whether a driver service runs for a window."""

    def missing(self, software: SoftwareSpec, window: str) -> tuple[str, ...]:
        """The processes of `software` that do not run for `window`; none where it is well, or where that cannot be told from here."""


class Watched:
    """The processes of the machine that the start-up runs on; of a service on another machine nothing is told here."""

    def __init__(self, site: Site, programs: Programs, here: str = "") -> None:
        self._programs = programs
        self._here = here
        self._unnamed = tuple(host.name for host in site.hosts if not host.address)

    def missing(self, software: SoftwareSpec, window: str) -> tuple[str, ...]:
        """Those of its processes that do not run here. Raises OSError where nothing can be seen."""
        if not is_here(software, self._here or window, self._unnamed):
            return ()
        names = {name for process in self._programs.running() for name in process.names}
        return tuple(name for name in software.processes if known_as(name) not in names)


def start_up(software: Iterable[SoftwareSpec], watch: Watch) -> Procedure:
    """The start-up of a site: where it has driver services, each window is first asked whether they run there. Otherwise START_UP itself."""
    drivers = tuple(each for each in software if each.kind == "driver" and each.processes)
    if not drivers:
        return START_UP
    act = _checked(drivers, watch)
    first = StepRow(
        STEP, "驱动服务在运行", "the driver service runs", _KINDS, act, stands=lambda place, *devices: bool(act(place, *devices))
    )
    rows = (replace(row, needs=(*row.needs, STEP)) if row.name in _RESTING else row for row in START_UP.rows)
    return replace(START_UP, rows=(first, *rows))


def _checked(software: Iterable[SoftwareSpec], watch: Watch) -> Callable[..., str]:
    wanted = tuple(software)

    def act(place: Place, host: Driver, *others: Driver) -> str:
        for each in wanted:
            try:
                missing = watch.missing(each, place.name)
            except OSError as error:
                raise DeviceError(f"what runs here cannot be seen: {error}", device=host.name, alarm=UNSEEN) from None
            if missing:
                named = ", ".join(missing)
                raise DeviceError(f"{each.name} {each.version} does not run at {place.name}: {named}", device=host.name, alarm=MISSING)
        return ", ".join(each.name for each in wanted)

    return act
