"""Which windows cannot serve: from the incidents that name them, until the device or a person says that it is over."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.events import Event
from caixue.ops.blocking import AGENT, Blocking

HOST, PAPER = "window-1.host", "window-1.thermal"
STOPPING = {HOST: frozenset({"door-open", "motor-fault"}), "window-2.host": frozenset({"door-open"})}


class Told:
    """A blocking that hears what it makes due, as the agent notes it."""

    def __init__(self) -> None:
        self.blocking = Blocking(STOPPING)
        self.events: list[Event] = []

    def hear(self, kind: str, subject: str, by: str = "monitor", **data: Any) -> None:
        self._note(kind, subject, by, data)
        for draft in list(self.blocking.due()):
            self._note(draft.kind, draft.subject, AGENT, draft.data)
        assert not list(self.blocking.due())

    def _note(self, kind: str, subject: str, by: str, data: Any) -> None:
        self.events.append(Event(len(self.events), 0, kind, subject, by, None, dict(data)))
        self.blocking.hear(self.events[-1])

    def opened(self, number: int, device: str, symptom: str, window: str = "window-1", **data: Any) -> None:
        self.hear("incident.opened", f"incident-{number}", device=device, window=window, symptom=symptom, **data)

    @property
    def windows(self) -> list[tuple[str, str]]:
        return [(event.kind, event.subject) for event in self.events if event.kind.startswith("window.")]


@pytest.fixture
def told() -> Told:
    return Told()


BLOCKED, RESTORED = ("window.blocked", "window-1"), ("window.restored", "window-1")


def test_a_window_is_blocked_with_its_incident_and_back_when_the_alarm_clears(told: Told) -> None:
    told.hear("alarm.raised", HOST, alarm="door-open")
    assert told.windows == []  # the nurse may close it before anybody is called
    told.opened(1, HOST, "door-open")
    told.hear("alarm.cleared", HOST, alarm="door-open")
    assert told.windows == [BLOCKED, RESTORED]


def test_silence_blocks_until_the_device_answers(told: Told) -> None:
    told.hear("link.timeout", HOST, detail="")
    told.opened(1, HOST, "no-answer")
    told.hear("device.recovered", HOST)
    assert told.windows == [BLOCKED, RESTORED]


def test_a_call_about_a_window_blocks_it_until_a_person_has_restored_it(told: Told) -> None:
    told.opened(1, "window-1", "out-of-service")
    told.hear("alarm.cleared", HOST, alarm="door-open")
    assert told.windows == [BLOCKED]
    told.hear("incident.restored", "incident-1", by="wang")
    assert told.windows == [BLOCKED, RESTORED]


@pytest.mark.parametrize(
    ("device", "symptom", "window"),
    [(HOST, "tray-full", "window-1"), (PAPER, "no-answer", "window-1"), (HOST, "door-open", ""), ("conveyor-1", "belt-stopped", "")],
    ids=["an alarm that stops nothing", "the slip printer", "no window named", "what all share"],
)
def test_these_block_no_window(told: Told, device: str, symptom: str, window: str) -> None:
    told.opened(1, device, symptom, window)
    assert told.windows == []


def test_a_drill_blocks_no_window(told: Told) -> None:
    told.opened(1, HOST, "door-open", drill=True)
    assert told.windows == []


def test_a_symptom_that_joins_later_blocks_too_and_both_must_go(told: Told) -> None:
    told.opened(1, HOST, "tray-full")
    for symptom in ("door-open", "motor-fault"):
        told.hear("incident.merged", "incident-1", device=HOST, symptom=symptom, reported_us=None)
    told.hear("alarm.cleared", HOST, alarm="door-open")
    assert told.windows == [BLOCKED]
    told.hear("alarm.cleared", HOST, alarm="motor-fault")
    assert told.windows == [BLOCKED, RESTORED]


def test_what_a_person_has_blocked_only_a_person_restores(told: Told) -> None:
    told.hear("window.blocked", "window-1", by="wang", device="", reason="cleaning")
    told.opened(1, HOST, "door-open")
    told.hear("alarm.cleared", HOST, alarm="door-open")
    assert told.windows == [BLOCKED]
    told.hear("window.restored", "window-1", by="wang")
    assert told.windows == [BLOCKED, RESTORED]


_EVENTS = st.one_of(
    st.tuples(st.sampled_from(["alarm.raised", "alarm.cleared"]), st.sampled_from(["door-open", "motor-fault"])),
    st.tuples(st.sampled_from(["link.lost", "device.recovered"]), st.just("")),
    st.tuples(st.sampled_from(["incident.opened", "incident.merged", "incident.restored", "incident.closed"]), st.sampled_from(["door-open", "no-answer"])),
)


@given(st.lists(st.tuples(_EVENTS, st.sampled_from([1, 2])), max_size=30))
def test_after_a_restart_it_knows_from_the_events_what_it_knew(acts: list[tuple[tuple[str, str], int]]) -> None:
    told = Told()
    for (kind, word), number in acts:
        window = f"window-{number}"
        device = f"{window}.host"
        if kind.startswith("incident"):
            told.hear(kind, f"incident-{number}", device=device, window=window, symptom=word, reported_us=None)
        else:
            told.hear(kind, device, alarm=word, detail="")
    again = Blocking(STOPPING)
    for event in told.events:
        again.hear(event)
    assert again.blocked == told.blocking.blocked and list(again.due()) == []
