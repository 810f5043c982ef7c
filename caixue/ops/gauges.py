"""What is done about readings (contract C2.1): one that passes its limit is noted at once, and again when it is good; all are noted now and then."""

from __future__ import annotations

from collections.abc import Callable

from caixue.clock import US_PER_S
from caixue.events import Event
from caixue.journal import Draft, Recorder
from caixue.ops.incidents import MONITOR
from caixue.ops.readings import Measures, Value

CHECK_EVERY_US = 600 * US_PER_S  # wear is slow; docs/assumptions.md A-119
NOTE_EVERY_US = 4 * 3600 * US_PER_S  # all readings, for the trend; docs/assumptions.md A-119

Report = Callable[[Value, int], None]


class Gauges:
    """The readings of one site and their limits. What is out of limit is known from events alone; the samples are not kept over a restart.

    `report` is told each reading that passes a limit whose row names a symptom, with the time since when: it opens the incident.
    """

    def __init__(self, recorder: Recorder, measures: Measures, report: Report = lambda value, since_us: None) -> None:
        self.measures = measures
        self.out: dict[tuple[str, str], int] = {}  # (subject, reading) → since when
        self._recorder = recorder
        self._report = report
        self._check_us, self._note_us = 0, -1

    def hear(self, event: Event) -> None:
        """Take one event of the journal."""
        if event.kind == "reading.out-of-limit":
            self.out.setdefault((event.subject, event.data["reading"]), event.at_us)
        elif event.kind == "reading.noted":
            self.out.pop((event.subject, event.data["reading"]), None)
        else:
            self.measures.hear(event)

    def check(self, now_us: int) -> None:
        """Every ten minutes: note what has passed its limit, and what is good again."""
        if now_us - self._check_us < CHECK_EVERY_US:
            return
        self._check_us = now_us
        for value in self.measures.values(now_us):
            known = (value.subject, value.row.reading) in self.out
            if value.exceeded and not known:
                self._note("reading.out-of-limit", value)
                if value.row.symptom:
                    self._report(value, now_us)
            elif value.healed and known:
                self._note("reading.noted", value)

    def note_now_and_then(self, now_us: int) -> None:
        """Note every reading that is not out of limit, at one instant, every four hours; the first time four hours after the start."""
        if self._note_us < 0:
            self._note_us = now_us
        if now_us - self._note_us < NOTE_EVERY_US:
            return
        self._note_us = now_us
        within = (value for value in self.measures.values(now_us) if (value.subject, value.row.reading) not in self.out)
        self._recorder.note_all([_draft("reading.noted", value) for value in within], actor=MONITOR)

    def _note(self, kind: str, value: Value) -> None:
        self._recorder.note_all([_draft(kind, value)], actor=MONITOR)


def _draft(kind: str, value: Value) -> Draft:
    return Draft(kind, value.subject, {"reading": value.row.reading, "value": value.value, "limit": value.limit, "unit": value.row.unit})
