"""What every window is doing at every moment: one row whenever its state, its patients or its tubes change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from caixue.events import Event
from twin.replay import words

CLOSED, UNSTAFFED, IDLE, PREPARE, DRAW, BLOCKED = STATES = ("closed", "unstaffed", "idle", "prepare", "draw", "blocked")


_PAIRS = {"window.opened": "open", "window.closed": "open", "window.staffed": "staff", "window.unstaffed": "staff"}


class Row(NamedTuple):
    """A window from `at_ms` on; `done` of `total` tubes are verified for whoever is being prepared."""

    at_ms: int
    state: str
    patient: str = ""
    following: str = ""
    done: int = 0
    total: int = 0
    device: str = ""
    reason: str = ""


@dataclass(slots=True)
class Window:
    """One window as it stands."""

    open: bool = True
    staffed: bool = True
    blocked: tuple[str, str] | None = None
    visits: list[str] = field(default_factory=list)  # patients at the window, the first is being served
    ahead: str = ""  # whose tubes are being prepared before the call
    drawing: str = ""
    rows: list[Row] = field(default_factory=list)


class Windows:
    """Folds events into the rows of each window; a window that only events name (a manual station) is added."""

    def __init__(self, names: list[str], events: list[Event]) -> None:
        self._site = frozenset(names)
        self._first: dict[str, str] = {}  # "open window-3" → which event of the pair came first
        for event in events:
            if event.kind in _PAIRS:
                self._first.setdefault(f"{_PAIRS[event.kind]} {event.subject}", event.kind)
        self._draws = any(event.kind == "draw.started" for event in events)
        self.all: dict[str, Window] = {}
        self._tubes: dict[str, int] = {}
        self._made: dict[str, dict[str, bool]] = {}  # patient → serial → verified
        self._label: dict[str, tuple[str, str]] = {}  # serial → window, patient
        for name in names:
            self._window(name)

    @property
    def handlers(self) -> Mapping[str, Callable[[Event, int], None]]:
        return {
            "patient.arrived": self._arrive,
            "patient.called": self._call,
            "draw.started": self._draw,
            "patient.served": self._go,
            "patient.bumped": self._go,
            "patient.left": self._go,
            "window.opened": self._turn,
            "window.closed": self._turn,
            "window.staffed": self._turn,
            "window.unstaffed": self._turn,
            "window.blocked": self._block,
            "window.restored": self._restore,
            "label.created": self._create,
            "label.verified": self._verify,
            "label.void": self._void,
        }

    def _window(self, name: str) -> Window:
        if name not in self.all:
            opens, staffs = self._first.get(f"open {name}"), self._first.get(f"staff {name}")
            self.all[name] = Window(open=opens != "window.opened", staffed=staffs != "window.staffed")
            self._note(name, 0)
        return self.all[name]

    def _arrive(self, event: Event, at_ms: int) -> None:
        self._tubes[event.subject] = words.count(event.data.get("tubes"))
        self._made.pop(event.subject, None)

    def _call(self, event: Event, at_ms: int) -> None:
        name = str(event.data.get("window", ""))
        if name:
            window = self._window(name)
            window.visits.append(event.subject)
            window.ahead = "" if window.ahead == event.subject else window.ahead
            self._note(name, at_ms)

    def _draw(self, event: Event, at_ms: int) -> None:
        for name, window in self._where(event.subject):
            window.drawing = event.subject
            self._note(name, at_ms)

    def _go(self, event: Event, at_ms: int) -> None:
        for name, window in self._where(event.subject):
            window.visits.remove(event.subject)
            window.drawing = "" if window.drawing == event.subject else window.drawing
            self._note(name, at_ms)

    def _where(self, patient: str) -> list[tuple[str, Window]]:
        return [(name, window) for name, window in self.all.items() if patient in window.visits]

    def _turn(self, event: Event, at_ms: int) -> None:
        window = self._window(event.subject)
        if event.kind in ("window.opened", "window.closed"):
            window.open = event.kind == "window.opened"
        else:
            window.staffed = event.kind == "window.staffed"
        self._note(event.subject, at_ms)

    def _block(self, event: Event, at_ms: int) -> None:
        self._window(event.subject).blocked = (str(event.data.get("device") or ""), str(event.data.get("reason") or ""))
        self._note(event.subject, at_ms)

    def _restore(self, event: Event, at_ms: int) -> None:
        self._window(event.subject).blocked = None
        self._note(event.subject, at_ms)

    def _create(self, event: Event, at_ms: int) -> None:
        name, patient = str(event.data.get("window", "")), str(event.data.get("patient", ""))
        if name and patient:
            self._label[event.subject] = (name, patient)
            self._made.setdefault(patient, {})[event.subject] = False
            window = self._window(name)
            if patient not in window.visits:
                window.ahead = patient
            self._note(name, at_ms)

    def _verify(self, event: Event, at_ms: int) -> None:
        name, patient = self._label.get(event.subject, ("", ""))
        if event.subject in self._made.get(patient, {}):
            self._made[patient][event.subject] = True
            self._note(name, at_ms)

    def _void(self, event: Event, at_ms: int) -> None:
        name, patient = self._label.get(event.subject, ("", ""))
        if self._made.get(patient, {}).pop(event.subject, None) is not None:
            self._note(name, at_ms)

    def _note(self, name: str, at_ms: int) -> None:
        window = self.all[name]
        row = self._row(name, window, at_ms)
        last = window.rows[-1] if window.rows else None
        if last is not None and last.at_ms == at_ms:
            window.rows[-1] = row
        elif last is None or last[1:] != row[1:]:
            window.rows.append(row)

    def _row(self, name: str, window: Window, at_ms: int) -> Row:
        patient = window.visits[0] if window.visits else ""
        following = window.visits[1] if len(window.visits) > 1 else window.ahead
        state = self._state(name, window, patient)
        made = self._made.get(patient if state == PREPARE else following, {})
        total = max(self._tubes.get(patient if state == PREPARE else following, 0), len(made))
        device, reason = window.blocked or ("", "")
        return Row(at_ms, state, patient, following, sum(made.values()), total, device, reason)

    def _state(self, name: str, window: Window, patient: str) -> str:
        if window.blocked is not None:
            return BLOCKED
        if patient:
            return DRAW if window.drawing == patient or not self._draws else PREPARE
        if not window.open:
            return CLOSED
        if window.staffed:
            return IDLE
        return UNSTAFFED if name in self._site else CLOSED  # a manual station without a nurse is simply not in use
