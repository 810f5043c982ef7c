"""The clock of an incident stands for the hospital's reasons, in somebody's name, and neither figure nor deadline counts that time."""

from __future__ import annotations

from datetime import datetime

import pytest

from caixue.clock import SHANGHAI, US_PER_S
from caixue.errors import UsageError
from caixue.events import Event
from caixue.folding import fold
from caixue.metrics import Basis, figure_value
from caixue.ops.incidents import GENERAL, Incidents
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock, recorder

MINUTE_US = 60 * US_PER_S
REASON, PERSON = "hospital-instruction", "head-of-department"
DEADLINES = Deadlines.of(load_site("eight-window"))
BASIS = Basis.of(DEADLINES, datetime(2026, 11, 23, 7, tzinfo=SHANGHAI))


class Desk:
    """An incident of class 一般 (30 minutes), reported at 07:00, and the journal it writes."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        record, self.notes = recorder(self.clock)
        self.incidents = Incidents(record, self.clock, DEADLINES)
        self.incident = self.incidents.report("printer", "paper-out", window="window-1", windows_lost=0, by="nurse")
        assert self.incident.severity == GENERAL

    def at(self, minute: float) -> Desk:
        self.clock.advance_to(round(minute * MINUTE_US))
        return self

    def pause(self) -> None:
        self.incidents.pause(self.incident, reason=REASON, person=PERSON)

    def resume(self) -> None:
        self.incidents.resume(self.incident, person=PERSON)

    def restore(self) -> None:
        for state in ("acknowledged", "on-site", "diagnosed", "restored"):
            self.incidents.advance(self.incident, state, by="engineer-1")

    def figure(self, name: str) -> object:
        return figure_value(fold(self.notes.events), BASIS, name)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_repair_time_leaves_the_pause_out(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(45).resume()
    desk.at(60).restore()
    assert desk.figure("incident.repair.max") == 20 * 60


def test_the_deadline_moves_by_the_pause_and_is_kept(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(45).resume()
    assert desk.incident.deadline_us == 70 * MINUTE_US
    desk.at(69).restore()
    assert desk.figure("sla.breaches") == 0


def test_after_the_pause_the_rest_of_the_time_counts(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(45).resume()
    desk.at(71).restore()
    assert desk.figure("sla.breaches") == 1


def test_a_deadline_that_passed_before_the_pause_does_not_move(desk: Desk) -> None:
    desk.at(31).pause()
    desk.at(60).resume()
    assert desk.incident.deadline_us == 30 * MINUTE_US
    desk.at(61).restore()
    assert desk.figure("sla.breaches") == 1


def test_while_the_clock_stands_no_deadline_passes(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(300)
    desk.notes.append(Event(len(desk.notes.events), desk.clock.now_us, "record.ended", "here"))
    assert desk.figure("sla.breaches") == 0
    assert desk.figure("incident.repair.max") == 5 * 60


def test_two_pauses_add_up(desk: Desk) -> None:
    for start, end in ((5, 10), (15, 25)):
        desk.at(start).pause()
        desk.at(end).resume()
    assert desk.incident.deadline_us == 45 * MINUTE_US
    desk.at(44).restore()
    assert desk.figure("incident.repair.max") == 29 * 60 and desk.figure("sla.breaches") == 0


def test_a_new_class_counts_its_time_without_the_pause(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(45).resume()
    desk.incidents.override(desk.incident, GENERAL, by="engineer-1", reason="the same again")
    assert desk.incident.deadline_us == 70 * MINUTE_US


@pytest.mark.parametrize(("reason", "person"), [("coffee", PERSON), (REASON, " "), ("", PERSON)])
def test_a_pause_needs_a_reason_of_the_site_and_a_name(desk: Desk, reason: str, person: str) -> None:
    with pytest.raises(UsageError, match="named person"):
        desk.incidents.pause(desk.incident, reason=reason, person=person)
    assert "incident.paused" not in desk.notes.kinds


def test_a_clock_that_stands_cannot_be_stopped_and_one_that_runs_not_started(desk: Desk) -> None:
    with pytest.raises(UsageError):
        desk.resume()
    desk.pause()
    with pytest.raises(UsageError):
        desk.pause()


def test_a_journal_without_deadlines_is_read_the_same_way(desk: Desk) -> None:
    desk.at(5).pause()
    desk.at(45).resume()
    desk.at(69).restore()
    bare = [
        Event(event.seq, event.at_us, event.kind, event.subject, event.actor, None, {**event.data, "deadline_us": None})
        for event in desk.notes.events
    ]
    day = fold(bare)
    assert figure_value(day, BASIS, "sla.breaches") == 0 and figure_value(day, BASIS, "incident.repair.max") == 29 * 60
