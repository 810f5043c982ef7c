"""Small random days that could have happened, in whole seconds, so that tests can count them second by second."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from caixue.clock import US_PER_S
from caixue.events import Event
from caixue.metrics import Basis

ACTIONS = (
    "arrive",
    "arrive",
    "call",
    "call",
    "draw",
    "bump",
    "serve",
    "serve",
    "leave",
    "toggle",
    "toggle",
    "open-incident",
    "advance-incident",
)
PAIRS = (("window.opened", "window.closed"), ("window.staffed", "window.unstaffed"), ("window.blocked", "window.restored"))
INCIDENT_STEPS = ("incident.acknowledged", "incident.on-site", "incident.diagnosed", "incident.restored", "incident.closed")
Step = tuple[int, str, int, int]

# The contract's 30 minutes for 一般 (R3); the longer classes end after any record here.
BASIS = Basis(lambda severity, started_us, pauses=(): started_us + 1800 * US_PER_S if severity == "一般" else None)


def script(*rows: tuple[float, str, str] | tuple[float, str, str, dict[str, object]]) -> list[Event]:
    """Events from (seconds, kind, subject[, data])."""
    return [Event(seq, round(row[0] * US_PER_S), row[1], row[2], data=row[3] if len(row) > 3 else {}) for seq, row in enumerate(rows)]


def days(windows: int = 3, most: int = 40) -> st.SearchStrategy[list[Event]]:
    """Journals of days with a few windows, in which nobody is called before arriving or served before being called."""
    step = st.tuples(st.integers(0, 40), st.sampled_from(ACTIONS), st.integers(0, 99), st.integers(0, 99))
    return st.lists(step, max_size=most).map(lambda steps: _Room(windows).play(steps))


class _Room:
    def __init__(self, windows: int) -> None:
        names = [f"window-{number}" for number in range(1, windows + 1)]
        self.events = [Event(0, 0, "record.started", "site", data={"windows": names})]
        self.names = names
        self.at_s = 0
        self.waiting: list[str] = []
        self.called: dict[str, str] = {}
        self.switches: dict[tuple[str, int], bool] = {}
        self.incidents: dict[str, int] = {}
        self.people = 0

    def play(self, steps: Iterable[Step]) -> list[Event]:
        for wait_s, action, one, two in steps:
            self.at_s += wait_s
            getattr(self, action.replace("-", "_"))(one, two)
        self.note("record.ended", "site")
        return self.events

    def note(self, kind: str, subject: str, **data: object) -> None:
        self.events.append(Event(len(self.events), self.at_s * US_PER_S, kind, subject, data=data))

    def arrive(self, one: int, two: int) -> None:
        self.people += 1
        self.waiting.append(f"patient-{self.people}")
        self.note("patient.arrived", self.waiting[-1], **{"class": ("adult", "child")[one % 2], "priority": two % 2, "tubes": 1})

    def call(self, one: int, two: int) -> None:
        if self.waiting:
            patient = self.waiting.pop(one % len(self.waiting))
            self.called[patient] = self.names[two % len(self.names)]
            self.note("patient.called", patient, window=self.called[patient])

    def _of_called(self, one: int) -> str | None:
        return list(self.called)[one % len(self.called)] if self.called else None

    def draw(self, one: int, two: int) -> None:
        patient = self._of_called(one)
        if patient:
            self.note("draw.started", patient, window=self.called[patient])

    def bump(self, one: int, two: int) -> None:
        patient = self._of_called(one)
        if patient:
            self.note("patient.bumped", patient, window=self.called.pop(patient), reason="device")
            self.waiting.append(patient)

    def serve(self, one: int, two: int) -> None:
        patient = self._of_called(one)
        if patient:
            self.note("patient.served", patient, window=self.called.pop(patient))

    def leave(self, one: int, two: int) -> None:
        if self.waiting:
            self.note("patient.left", self.waiting.pop(one % len(self.waiting)), reason="patience", window="")

    def toggle(self, one: int, two: int) -> None:
        window, pair = self.names[one % len(self.names)], two % len(PAIRS)
        on = not self.switches.get((window, pair), False)
        self.switches[window, pair] = on
        self.note(PAIRS[pair][0 if on else 1], window)

    def open_incident(self, one: int, two: int) -> None:
        number = f"incident-{len(self.incidents) + 1:04d}"
        self.incidents[number] = 0
        at_us = self.at_s * US_PER_S
        times = {"occurred_us": max(0, at_us - two * US_PER_S), "reported_us": at_us if one % 2 else None, "detected_us": at_us}
        self.note(
            "incident.opened",
            number,
            **{"device": "window-1.label-printer", "window": "window-1", "class": "一般", "symptom": "no-read"},
            **times,
        )

    def advance_incident(self, one: int, two: int) -> None:
        going_on = [number for number, step in self.incidents.items() if step < len(INCIDENT_STEPS)]
        if going_on:
            number = going_on[one % len(going_on)]
            self.note(INCIDENT_STEPS[self.incidents[number]], number)
            self.incidents[number] += 1
