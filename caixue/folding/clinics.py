"""The part of the fold that follows the days of a record that has several."""

from __future__ import annotations

from caixue.day import Clinic
from caixue.events import Event
from caixue.folding.rows import Takers, word


class ClinicFold:
    """The days so far."""

    def __init__(self) -> None:
        self._done: list[Clinic] = []
        self._since: tuple[str, int] | None = None

    def takers(self) -> Takers:
        """The method that takes each kind of event."""
        return {"day.started": self._start, "day.ended": self._end}

    def days(self, end_us: int) -> tuple[Clinic, ...]:
        """The days in order; one that goes on ends at `end_us`."""
        going_on = [] if self._since is None else [Clinic(*self._since, end_us)]
        return (*self._done, *going_on)

    def _start(self, event: Event) -> None:
        self._since = word(event, "date"), event.at_us

    def _end(self, event: Event) -> None:
        if self._since is not None:
            self._done.append(Clinic(*self._since, event.at_us))
            self._since = None
