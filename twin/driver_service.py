"""The driver service of each window: the program on its host PC through which its devices are reached; a fault can take it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from caixue.site_estate import SoftwareSpec
from caixue.site_model import Site
from twin.faults.environment import SERVICE
from twin.line import Line


def service_of(window: str) -> str:
    """What a fault calls the service of a window."""
    return f"{window}.{SERVICE}"


class DriverService:
    """The service of one window. A fault stops it like a window; whoever repairs puts back the version before."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self.runs = True

    def stop(self, reason: str, **detail: Any) -> None:
        """It is gone, and every port that it held."""
        self.runs = False
        for line in self._lines:
            line.drop()

    def resume(self, *, by_itself: bool) -> None:
        """It runs again."""
        self.runs = True
        for line in self._lines:
            line.restore()


class Services:
    """The services of all windows, as the start-up asks for them."""

    def __init__(self, site: Site, lines: Mapping[str, Line]) -> None:
        self.by_window = {window.name: DriverService([lines[name] for name in window.devices]) for window in site.windows if window.devices}

    def places(self) -> dict[str, DriverService]:
        """Each by what a fault calls it."""
        return {service_of(window): service for window, service in self.by_window.items()}

    def missing(self, software: SoftwareSpec, window: str) -> tuple[str, ...]:
        """The processes of a driver service that do not run for `window`."""
        return () if self.by_window[window].runs else software.processes
