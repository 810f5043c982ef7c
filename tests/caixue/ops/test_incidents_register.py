"""The register of incidents: four times, one episode one ticket, drills, whole records, and a state that is only what its events say."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from caixue.errors import UsageError
from caixue.folding import fold
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.metrics import Basis, figure_value
from caixue.ops.escalation import PARTIES, escalate
from caixue.ops.incidents import CLASSES, MAJOR, STATES, Incident, Incidents
from caixue.ops.register import Register
from caixue.ops.telephone import call_out, understood
from tests.caixue.ops.incident_bench import MINUTE_US, MONDAY, IncidentBench

PRINTER, DISPENSER, WINDOW = "window-3.label-printer", "window-3.tube-dispenser", "window-3"


@pytest.fixture
def bench() -> IncidentBench:
    return IncidentBench()


# the four times


def test_a_call_that_is_recorded_later_keeps_its_time_and_starts_the_clock_then(bench: IncidentBench) -> None:
    incident = bench.at(60).report(by="engineer-1", occurred_us=38 * MINUTE_US, reported_us=40 * MINUTE_US, reason="双手在主机里")
    assert (incident.occurred_us, incident.reported_us, incident.detected_us) == (38 * MINUTE_US, 40 * MINUTE_US, 40 * MINUTE_US)
    assert (incident.recorded_us, incident.clock_started_us, incident.deadline_us) == (60 * MINUTE_US, 40 * MINUTE_US, 70 * MINUTE_US)
    assert bench.last()["reason"] == "双手在主机里"


@pytest.mark.parametrize(
    ("occurred", "reported", "reason"),
    [(None, 61, "why"), (61, None, "why"), (None, -1, "why"), (50, 40, "why"), (None, 40, ""), (None, 40, "  ")],
    ids=[
        "reported in the future",
        "occurred in the future",
        "before the record",
        "reported before it occurred",
        "no reason",
        "an empty reason",
    ],
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_noted(
    bench: IncidentBench, occurred: int | None, reported: int | None, reason: str
) -> None:
    bench.at(60)
    occurred_us, reported_us = (None if each is None else each * MINUTE_US for each in (occurred, reported))
    with pytest.raises(UsageError):
        bench.report(by="engineer-1", occurred_us=occurred_us, reported_us=reported_us, reason=reason)
    assert bench.kinds() == []


def test_an_earlier_call_that_is_recorded_after_the_alarm_brings_the_deadline_forward(bench: IncidentBench) -> None:
    incident = bench.at(10).report()
    bench.at(20).report(by="engineer-1", reported_us=5 * MINUTE_US, reason="刚才没空记")
    assert (incident.clock_started_us, incident.deadline_us) == (5 * MINUTE_US, 35 * MINUTE_US)
    assert bench.last()["deadline_us"] == 35 * MINUTE_US
    bench.at(36).until(incident, "restored")
    assert incident.passed(bench.clock.now_us)
    assert figure_value(fold(bench.journal.events), Basis.of(bench.deadlines, MONDAY), "sla.breaches") == 1


def test_a_call_after_the_alarm_moves_nothing(bench: IncidentBench) -> None:
    incident = bench.at(10).report()
    bench.at(20).report(by="nurse at window-3")
    assert incident.deadline_us == 40 * MINUTE_US and "deadline_us" not in bench.last()


def test_a_site_that_reads_the_clock_from_the_report_starts_it_again_with_the_first_call() -> None:
    bench = IncidentBench(clock_starts="reported")
    incident = bench.at(10).report()
    assert incident.deadline_us == 40 * MINUTE_US
    bench.at(20).report(by="nurse at window-3")
    assert incident.deadline_us == 50 * MINUTE_US


# one episode, one ticket


def test_an_alarm_and_a_call_about_the_same_device_are_one(bench: IncidentBench) -> None:
    assert bench.report() is bench.report(by="nurse at window-3")
    assert bench.told == ["incident-0001"]


def test_a_call_that_names_only_the_window_joins_what_is_open_there(bench: IncidentBench) -> None:
    incident = bench.report(DISPENSER, "tube-jam")
    assert bench.at(1).call("3号卡管了") is incident
    assert bench.kinds() == ["incident.opened", "incident.merged", "call.received"]
    assert (incident.device, incident.reported_us, incident.calls) == (DISPENSER, MINUTE_US, ["call-0001"])


@pytest.mark.parametrize("said", ["5号卡管了", "3号条码扫不出来"], ids=["another window", "another trouble"])
def test_a_call_about_something_else_opens_its_own(bench: IncidentBench, said: str) -> None:
    bench.report(DISPENSER, "tube-jam")
    bench.call(said)
    assert bench.told == ["incident-0001", "incident-0002"]


def test_an_alarm_after_the_call_joins_it_and_names_the_device(bench: IncidentBench) -> None:
    incident = bench.call("3号卡管了")
    assert incident is not None and incident.device == WINDOW
    assert bench.at(1).report(DISPENSER, "tube-jam") is incident
    assert (incident.device, list(bench.incidents.open)) == (DISPENSER, [DISPENSER])
    assert fold(bench.journal.events).incidents[0].device == DISPENSER


def test_a_call_without_words_for_it_joins_whatever_is_open_at_the_window(bench: IncidentBench) -> None:
    incident = bench.report(PRINTER, "no-read")
    assert bench.call("3号不太对劲") is incident


def test_the_outage_of_a_window_is_not_the_silence_of_its_device(bench: IncidentBench) -> None:
    bench.report(WINDOW, "out-of-service", window=WINDOW)
    bench.report(PRINTER, "no-answer")
    assert bench.told == ["incident-0001", "incident-0002"]


def test_after_it_is_closed_the_same_trouble_is_a_new_episode(bench: IncidentBench) -> None:
    first = bench.report()
    bench.until(first, "closed")
    assert bench.call("3号卡管了") is not first and bench.told == ["incident-0001", "incident-0002"]


def test_neither_device_nor_window_is_refused(bench: IncidentBench) -> None:
    with pytest.raises(UsageError):
        bench.report("", "tube-jam", window="")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("3号卡管了", ("window-3", "tube-jam")),
        ("三号窗卡纸", ("window-3", "paper-jam")),
        ("8 号窗口没标签纸了", ("window-8", "paper-out")),
        ("传送带停了", ("", "belt-stopped")),
        ("传送带卡住了", ("", "belt-blocked")),
        ("window 5 barcode no read", ("window-5", "no-read")),
        ("12号不动", ("", "no-answer")),
        ("你好", ("", "other")),
        ("", ("", "other")),
    ],
)
def test_the_words_of_a_caller_say_where_and_what(bench: IncidentBench, said: str, expected: tuple[str, str]) -> None:
    assert understood(said, [window.name for window in bench.site.windows]) == expected


# drills, whole records, restart


def test_a_drill_counts_in_no_figure(bench: IncidentBench) -> None:
    drill = bench.report(drill=True, lost=2)
    assert drill.drill and bench.last()["drill"] is True
    bench.at(5 * 24 * 60).until(drill, "restored")
    day, basis = fold(bench.journal.events), Basis.of(bench.deadlines, MONDAY)
    assert [figure_value(day, basis, name) for name in ("incident.count", "sla.breaches", "incident.repair.max")] == [0, 0, None]


def test_no_drill_on_a_device_that_has_a_real_incident(bench: IncidentBench) -> None:
    bench.report()
    with pytest.raises(UsageError, match="incident-0001"):
        bench.report(drill=True)


def test_what_is_closed_with_a_whole_record_has_cause_action_person_and_verifier(bench: IncidentBench) -> None:
    incident = bench.report()
    bench.until(incident, "diagnosed", found="异物")
    bench.until(incident, "restored", action="取出异物", part="")
    with pytest.raises(UsageError, match="verified_by"):
        bench.incidents.close(incident, by="engineer-1", verified_by=" ")
    assert incident.gaps() == ["verified_by"]
    bench.incidents.close(incident, by="engineer-1", verified_by="nurse-1")
    (folded,) = fold(bench.journal.events).incidents
    assert (folded.found, folded.action, folded.verified_by, incident.gaps()) == ("异物", "取出异物", "nurse-1", [])
    assert figure_value(fold(bench.journal.events), Basis.of(bench.deadlines, MONDAY), "repair.record.share") == 1


def test_a_record_with_holes_cannot_be_closed_as_whole(bench: IncidentBench) -> None:
    incident = bench.report()
    bench.until(incident, "restored")
    with pytest.raises(UsageError, match="found, action"):
        bench.incidents.close(incident, by="engineer-1", verified_by="nurse-1")
    assert incident.state == "restored"


def test_numbers_go_on_where_the_journal_ended(bench: IncidentBench) -> None:
    bench.report()
    bench.call("5号卡纸")
    again = Incidents(bench.recorder, bench.clock, bench.deadlines, followed=bench.journal)
    assert again.report("window-7.label-printer", "paper-out", window="window-7", windows_lost=0, by="monitor").number == "incident-0003"


def test_the_rule_that_was_not_noted_before_a_crash_is_noted_after_it(bench: IncidentBench) -> None:
    bench.report("conveyor-1", "belt-blocked", window="")
    quiet = MemoryJournal()  # the crash: the window's event is the last that reached the journal
    for event in bench.journal.events:
        quiet.append(event)
    Recorder(quiet, bench.clock).note("window.blocked", "window-2", device="conveyor-1", reason="tray-full")
    after = Incidents(Recorder(quiet, bench.clock), bench.clock, bench.deadlines, followed=quiet)
    assert quiet.events[-1].kind == "incident.reclassified" and after.open["conveyor-1"].severity == MAJOR


def test_a_pause_in_which_the_class_is_changed_still_gives_all_its_time_back(bench: IncidentBench) -> None:
    incident = bench.report()
    bench.incidents.pause(bench.incidents.open[DISPENSER], reason="access-refused", person="head-1")
    bench.at(90).incidents.override(incident, "一般", by="head-1", reason="再看一次")
    assert not incident.passed(bench.clock.now_us)
    bench.at(100).incidents.resume(incident, person="head-1")
    assert incident.deadline_us == 130 * MINUTE_US


# whatever happens

SYMPTOMS = st.sampled_from(["tube-jam", "no-read", "no-answer", "out-of-service", "mismatch", "other", "belt-stopped"])
PLACES = st.sampled_from([(PRINTER, WINDOW), (DISPENSER, WINDOW), ("", WINDOW), (WINDOW, WINDOW), ("conveyor-1", ""), ("", "window-5")])
STEPS_US = st.sampled_from([1, 1_000_000, 29 * MINUTE_US, 30 * MINUTE_US, 30 * MINUTE_US + 1, 7 * 60 * MINUTE_US, 40 * 60 * MINUTE_US])


class Whatever(RuleBasedStateMachine):
    """Reports, steps, pauses, classes, calls and the passing of time in any order."""

    @initialize(
        reading=st.sampled_from(["first of reported and detected", "reported", "detected"]),
        days=st.sampled_from(["end of next working day", "8 working hours"]),
    )
    def begin(self, reading: str, days: str) -> None:
        self.bench = IncidentBench(clock_starts=reading, working_day=days)
        self.passed: dict[str, int] = {}
        self.used: dict[tuple[str, str, int], object] = {}
        self.states: dict[str, int] = {}

    @property
    def now_us(self) -> int:
        return self.bench.clock.now_us

    def one(self, number: int) -> Incident | None:
        incidents = list(self.bench.incidents.waiting())
        return incidents[number % len(incidents)] if incidents else None

    @rule(step_us=STEPS_US)
    def wait(self, step_us: int) -> None:
        self.bench.clock.advance_to(self.now_us + step_us)

    @rule(place=PLACES, symptom=SYMPTOMS, by=st.sampled_from(["monitor", "nurse at window-3"]), lost=st.integers(0, 2), drill=st.booleans())
    def trouble(self, place: tuple[str, str], symptom: str, by: str, lost: int, drill: bool) -> None:
        known = self.bench.incidents.find(*place, symptom)
        try:
            incident = self.bench.report(place[0], symptom, window=place[1], by=by, lost=lost, drill=drill)
        except UsageError:
            assert drill and known is not None and not known.drill
            return
        assert incident is known or known is None

    @rule(place=PLACES, symptom=SYMPTOMS, ago_us=STEPS_US)
    def late_report(self, place: tuple[str, str], symptom: str, ago_us: int) -> None:
        reported_us = max(0, self.now_us - ago_us)
        self.bench.report(place[0], symptom, window=place[1], by="engineer-1", reported_us=reported_us, reason="补记")

    @rule(number=st.integers(0, 9), state=st.sampled_from(STATES))
    def step(self, number: int, state: str) -> None:
        incident = self.one(number)
        if incident is not None and STATES.index(state) == STATES.index(incident.state) + 1:
            self.bench.incidents.advance(incident, state, by="engineer-1")
        elif incident is not None:
            with pytest.raises(UsageError):
                self.bench.incidents.advance(incident, state, by="engineer-1")

    @rule(number=st.integers(0, 9))
    def stop_or_start_the_clock(self, number: int) -> None:
        incident = self.one(number)
        if incident is not None and incident.paused_since_us is None:
            self.bench.incidents.pause(incident, reason="hospital-instruction", person="head-1")
        elif incident is not None:
            self.bench.incidents.resume(incident, person="head-1")

    @rule(number=st.integers(0, 9), severity=st.sampled_from(CLASSES))
    def classify(self, number: int, severity: str) -> None:
        incident = self.one(number)
        if incident is not None:
            self.bench.incidents.override(incident, severity, by="head-1", reason="看过了")

    @rule(number=st.integers(0, 9), to=st.sampled_from(PARTIES), ticket=st.sampled_from(["", "T-1"]))
    def tell(self, number: int, to: str, ticket: str) -> None:
        incident = self.one(number)
        if incident is not None:
            escalate(self.bench.incidents, incident, to=to, person=f"{to}-1", reason="major", ticket=ticket, by="engineer-1")
            assert not escalate(self.bench.incidents, incident, to=to, person=f"{to}-1", reason="major", ticket=ticket, by="engineer-1")

    @rule(number=st.integers(0, 9))
    def call_somebody(self, number: int) -> None:
        incident = self.one(number)
        if incident is not None and "on-site" not in incident.steps:
            call_out(self.bench.incidents, incident, person="engineer-1", by="engineer-1")

    @rule(said=st.sampled_from(["3号卡管了", "5号没反应", "谢谢"]))
    def ring(self, said: str) -> None:
        if understood(said, ["window-3", "window-5"])[0]:
            self.bench.call(said)

    @precondition(lambda self: "conveyor-1" in self.bench.incidents.open)
    @rule(window=st.sampled_from(["window-1", "window-2"]))
    def the_belt_stops_a_window(self, window: str) -> None:
        self.bench.recorder.note("window.blocked", window, device="conveyor-1", reason="tray-full")
        assert self.bench.incidents.open["conveyor-1"].severity == MAJOR

    @invariant()
    def one_open_incident_for_each_device(self) -> None:
        waiting = list(self.bench.incidents.waiting())
        assert {one.device: one for one in waiting} == self.bench.incidents.open and len(waiting) == len(self.bench.incidents.open)

    @invariant()
    def states_only_go_forward(self) -> None:
        for one in self.bench.incidents.incidents.values():
            place = STATES.index(one.state)
            assert place in (self.states.get(one.number, 0), self.states.get(one.number, 0) + 1)
            assert list(one.steps) == list(STATES[1 : place + 1]) and sorted(one.steps.values()) == list(one.steps.values())
            self.states[one.number] = place

    @invariant()
    def a_deadline_that_has_passed_never_moves(self) -> None:
        for one in self.bench.incidents.incidents.values():
            if one.number in self.passed:
                assert one.deadline_us == self.passed[one.number]
            elif one.passed(self.now_us):
                self.passed[one.number] = one.deadline_us

    @invariant()
    def the_clock_only_goes_forward(self) -> None:
        now = self.bench.incidents.now()
        for one in self.bench.incidents.incidents.values():
            key = one.number, one.severity, one.clock_started_us
            used, _ = now.used(one)
            assert used >= self.used.get(key, used)
            self.used[key] = used

    @invariant()
    def the_deadline_is_where_the_limit_is_used_up(self) -> None:
        now = self.bench.incidents.now()
        for one in self.bench.incidents.incidents.values():
            used, limit = now.used(one)
            if one.number not in self.passed and one.paused_since_us is None and "restored" not in one.steps:
                assert used <= limit

    @invariant()
    def what_the_journal_tells_is_the_state(self) -> None:
        replayed = Register(self.bench.site.readings.clock_starts)
        for event in [*self.bench.journal.events, *self.bench.journal.events]:
            replayed.hear(event)
        live = self.bench.incidents
        assert (replayed.incidents, replayed.open, replayed.last_number) == (live.incidents, live.open, live.last_number)

    def teardown(self) -> None:
        """The program starts again: it knows what it knew, and has nothing to add."""
        if hasattr(self, "bench"):
            before = len(self.bench.journal.events)
            again = Incidents(self.bench.recorder, self.bench.clock, self.bench.deadlines, followed=self.bench.journal)
            assert again.incidents == self.bench.incidents.incidents and len(self.bench.journal.events) == before


Whatever.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestWhatever = Whatever.TestCase
