"""Rounds of inspection: the plan by the calendar, what may follow what, and that the events alone tell everything (C1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caixue.drivers.card import DeviceCard
from caixue.errors import UsageError
from caixue.opening import driver_classes
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_items import ANSWERS, ITEMS, Area, How, State
from caixue.ops.inspection_plan import Due, plan_of
from caixue.ops.inspection_points import points_for
from caixue.ops.inspection_reading import Observed
from caixue.ops.thresholds import THRESHOLDS
from caixue.site import load_site
from caixue.sla import clause_ids
from caixue.workdays import china
from tests.caixue.ops.inspection_desk import ENGINEER, InspectionDesk, good

FULL, BARE = load_site("eight-window-full"), load_site("bare-windows")


@pytest.fixture
def desk() -> InspectionDesk:
    return InspectionDesk(BARE)


# the table


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.name}-{item.of}")
def test_every_item_says_what_how_why_and_in_both_languages(item: Any):
    assert item.zh and item.en and item.source and item.clause in clause_ids()
    if item.how is How.MANUAL:
        assert item.look_zh and item.look_en and set(item.answers) <= set(ANSWERS)
    else:
        assert item.reading and not item.answers


def test_the_full_site_has_every_area_and_every_item_of_the_table_but_those_of_devices_it_lacks():
    points = points_for(FULL)
    assert {point.item.area for point in points.values()} == set(Area)
    missing = {item.of for item in ITEMS} - {point.item.of for point in points.values()}
    assert missing == {"zpl-label-printer"}


def test_every_kind_of_device_is_looked_at_by_eye():
    assert set(driver_classes()) <= {item.of for item in ITEMS if item.how is How.MANUAL}


def test_a_value_on_its_limit_is_good_and_one_beyond_it_is_not():
    load = next(item for item in ITEMS if item.name == "ups-load")
    assert [load.judge(value) for value in (80, 80.1, 100, 100.1)] == [State.OK, State.WARN, State.WARN, State.CRIT]
    left = next(item for item in ITEMS if item.name == "support-left")
    assert [left.judge(value) for value in (180, 179, 0, -1)] == [State.OK, State.WARN, State.WARN, State.CRIT]


def test_readings_of_the_monitor_keep_the_limits_of_its_table():
    card: DeviceCard = driver_classes()["conveyor"].card
    for item in ITEMS:
        if item.reading in THRESHOLDS:
            assert item.warn_on(card) == THRESHOLDS[item.reading].limit_on(card) and item.worse == THRESHOLDS[item.reading].worse


# the plan


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2026-11", "2026-11-02", "2026-11-30"),
        ("2026-10", "2026-10-08", "2026-10-30"),  # after the National Day week
        ("2026-02", "2026-02-02", "2026-02-28"),  # the last Saturday is worked for the Spring Festival
        ("2026-01", "2026-01-04", "2026-01-30"),  # the first Sunday is worked for the New Year
    ],
)
def test_a_month_is_due_from_its_first_to_its_last_working_day_make_up_days_counted(month: str, first: str, last: str):
    plan = plan_of(month, china())
    assert (plan.first.isoformat(), plan.last.isoformat()) == (first, last)


@pytest.mark.parametrize("month", ["", "2026-13", "2026-1", "26-01", "next", "2026-00", "2026-01-01"])
def test_what_is_no_month_is_refused(month: str):
    with pytest.raises(UsageError):
        plan_of(month, china())


def test_a_round_is_ahead_due_open_done_and_overdue_when_it_is():
    plan = plan_of("2026-11", china())
    on = date.fromisoformat
    assert plan.standing(on("2026-11-01"), False, None) is Due.AHEAD
    assert plan.standing(on("2026-11-02"), False, None) is Due.DUE
    assert plan.standing(on("2026-11-30"), True, None) is Due.OPEN
    assert plan.standing(on("2026-12-01"), True, None) is Due.OVERDUE
    assert plan.standing(on("2026-12-09"), True, on("2026-11-30")) is Due.DONE
    assert plan.standing(on("2026-12-09"), True, on("2026-12-01")) is Due.LATE


# a round


def test_a_round_that_was_left_is_taken_up_again_with_the_same_number(desk: InspectionDesk):
    first = desk.inspection.begin(by=ENGINEER)
    desk.inspection.check("look-room", "ok", by=ENGINEER)
    desk.at("2026-09-10")
    found = desk.again().begin(by="engineer-2")
    assert found.number == first.number == "inspection-2026-09" and "look-room" not in found.open_points
    assert [event.kind for event in desk.journal.events] == ["inspection.started", "inspection.checked"]


def test_a_month_has_one_round_and_another_needs_a_reason(desk: InspectionDesk):
    desk.whole_round()
    with pytest.raises(UsageError):
        desk.inspection.begin(by=ENGINEER)
    assert desk.inspection.begin(by=ENGINEER, reason="节前").number == "inspection-2026-09-2"


def test_a_round_with_open_items_cannot_be_finished(desk: InspectionDesk):
    desk.inspection.begin(by=ENGINEER)
    desk.inspection.note_readings([good(point) for point in desk.automatic()], by=ENGINEER)
    before = len(desk.journal.events)
    with pytest.raises(UsageError):
        desk.inspection.finish(by=ENGINEER)
    assert len(desk.journal.events) == before
    desk.inspection.skip(desk.manual(), reason="停电，看不了", by=ENGINEER)
    assert desk.inspection.finish(by=ENGINEER).finished_us is not None


def test_what_is_skipped_or_unknown_never_counts_as_good(desk: InspectionDesk):
    desk.inspection.begin(by=ENGINEER)
    dark = [Observed(point, State.UNKNOWN, reason="no answer") for point in desk.automatic()]
    desk.inspection.note_readings(dark, by=ENGINEER)
    desk.inspection.skip(desk.manual(), reason="停电，看不了", by=ENGINEER)
    counts = desk.inspection.finish(by=ENGINEER).counts
    assert counts["OK"] == 0 and counts["UNKNOWN"] == len(dark) and counts["skipped"] == len(BARE_MANUAL)


BARE_MANUAL = [name for name, point in points_for(BARE).items() if not point.automatic]


def test_something_critical_needs_a_finding_before_the_round_ends(desk: InspectionDesk):
    desk.inspection.begin(by=ENGINEER)
    desk.inspection.note_readings([good(point) for point in desk.automatic()], by=ENGINEER)
    for name in desk.manual():
        desk.inspection.check(name, "bad" if name == "look-mains" else "ok", note="插座发热", by=ENGINEER)
    with pytest.raises(UsageError, match="look-mains"):
        desk.inspection.finish(by=ENGINEER)
    found = desk.inspection.find("插座发热", by=ENGINEER, measure="请电工更换", person="head-1", item="look-mains")
    assert (found.person, found.until, found.round) == ("head-1", "2026-09-08", "inspection-2026-09")
    assert desk.inspection.finish(by=ENGINEER).findings == [found.number]


def test_a_finding_is_overdue_until_it_is_closed_with_what_was_done(desk: InspectionDesk):
    desk.whole_round()
    number = desk.inspection.find("线缆松", by=ENGINEER, measure="固定", until=date(2026, 9, 3)).number
    desk.at("2026-09-04")
    assert [finding.number for finding in desk.inspection.overdue_findings()] == [number]
    with pytest.raises(UsageError):
        desk.inspection.close_finding(number, done=" ", by=ENGINEER)
    desk.inspection.close_finding("1", done="已固定", by=ENGINEER)
    assert desk.inspection.overdue_findings() == []
    with pytest.raises(UsageError):
        desk.inspection.close_finding(number, done="又固定", by=ENGINEER)


REFUSED: list[tuple[str, Callable[[Inspection], object]]] = [
    ("an unknown item", lambda one: one.check("look-roof", "ok", by=ENGINEER)),
    ("an unknown answer", lambda one: one.check("look-room", "good", by=ENGINEER)),
    ("attention without a note", lambda one: one.check("look-room", "attention", by=ENGINEER)),
    ("a person's answer to what is read", lambda one: one.check("cpu", "ok", by=ENGINEER)),
    ("a skip without a reason", lambda one: one.skip(["look-room"], reason=" ", by=ENGINEER)),
    ("a skip of what was seen", lambda one: one.skip(["look-mains"], reason="x", by=ENGINEER)),
    ("a finding without a measure", lambda one: one.find("x", by=ENGINEER, measure="")),
    ("a finding for nobody", lambda one: one.find("x", by=ENGINEER, measure="y", person="nobody")),
    ("a finding of an unknown class", lambda one: one.find("x", by=ENGINEER, measure="y", severity="huge")),
    ("a finding at an unknown item", lambda one: one.find("x", by=ENGINEER, measure="y", item="look-roof")),
    ("a month ahead", lambda one: one.begin(by=ENGINEER, month="2027-01")),
    ("an unknown finding", lambda one: one.close_finding("9", done="x", by=ENGINEER)),
]


@pytest.mark.parametrize(("what", "act"), REFUSED, ids=[what for what, _ in REFUSED])
def test_what_does_not_fit_is_refused_and_nothing_is_noted(desk: InspectionDesk, what: str, act: Callable[[Inspection], object]):
    desk.inspection.begin(by=ENGINEER)
    desk.inspection.check("look-mains", "ok", by=ENGINEER)
    before = list(desk.journal.events)
    with pytest.raises(UsageError):
        act(desk.inspection)
    assert desk.journal.events == before


@pytest.mark.parametrize("month", ["2026-08", "2026-10"], ids=["before the record", "ahead"])
def test_a_round_is_of_a_month_that_the_record_has_reached(desk: InspectionDesk, month: str):
    with pytest.raises(UsageError, match=month):
        desk.inspection.begin(by=ENGINEER, month=month)
    assert desk.journal.events == []


def test_without_a_round_nothing_can_be_noted(desk: InspectionDesk):
    for act in (
        lambda: desk.inspection.check("look-room", "ok", by=ENGINEER),
        lambda: desk.inspection.skip(["look-room"], reason="x", by=ENGINEER),
        lambda: desk.inspection.finish(by=ENGINEER),
        lambda: desk.inspection.find("x", by=ENGINEER, measure="y"),
        lambda: desk.inspection.note_readings([], by=ENGINEER),
    ):
        with pytest.raises(UsageError):
            act()
    assert desk.journal.events == []


def test_chinese_answers_are_understood(desk: InspectionDesk):
    desk.inspection.begin(by=ENGINEER)
    desk.inspection.check("look-room", "需注意", note="有积尘", by=ENGINEER)
    assert desk.inspection.rounds["inspection-2026-09"].results["look-room"].state is State.WARN


def test_a_device_that_has_left_the_site_can_only_be_left_out():
    desk = InspectionDesk(FULL)
    desk.inspection.begin(by=ENGINEER)
    devices = {name: device for name, device in FULL.devices.items() if name != "sorter-1"}
    later = Inspection(desk.recorder, replace(FULL, devices=devices), desk.start, desk.journal)
    later.skip(["device-state@sorter-1", "look-sorter"], reason="已拆走", by=ENGINEER)
    current = later.current
    assert current is not None and "look-sorter" not in current.open_points


# any order of acts


class Acts(RuleBasedStateMachine):
    """Somebody who does anything at any time, in a room with a dozen items."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = InspectionDesk(BARE)

    def _try(self, act: Callable[[], object]) -> None:
        before = len(self.desk.journal.events)
        try:
            act()
        except UsageError:
            assert len(self.desk.journal.events) == before

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.desk.clock.sleep(days * 86_400)

    @rule(reason=st.sampled_from(["", "节前"]))
    def begin(self, reason: str) -> None:
        self._try(lambda: self.desk.inspection.begin(by=ENGINEER, reason=reason))

    @rule(state=st.sampled_from(State), value=st.none() | st.floats(0, 1))
    def read(self, state: State, value: float | None) -> None:
        points = [point for point in self.desk.inspection.points.values() if point.automatic]
        self._try(lambda: self.desk.inspection.note_readings([Observed(point, state, value) for point in points], by=ENGINEER))

    @rule(
        names=st.lists(st.sampled_from(BARE_MANUAL), min_size=1),
        answer=st.sampled_from([*ANSWERS, "good"]),
        note=st.sampled_from(["", "x"]),
    )
    def check(self, names: list[str], answer: str, note: str) -> None:
        for name in names:
            self._try(lambda name=name: self.desk.inspection.check(name, answer, note=note, by=ENGINEER))

    @rule(share=st.sampled_from([1, 3]), reason=st.sampled_from(["", "x"]))
    def skip(self, share: int, reason: str) -> None:
        current = self.desk.inspection.current
        names = list(current.open_points[::share]) if current else ["look-room"]
        self._try(lambda: self.desk.inspection.skip(names, reason=reason, by=ENGINEER))

    @rule(item=st.sampled_from(["", *points_for(BARE)]))
    def find(self, item: str) -> None:
        self._try(lambda: self.desk.inspection.find("x", by=ENGINEER, measure="y", item=item))

    @rule(number=st.integers(1, 4))
    def close(self, number: int) -> None:
        self._try(lambda: self.desk.inspection.close_finding(str(number), done="z", by=ENGINEER))

    @rule()
    def finish(self) -> None:
        self._try(lambda: self.desk.inspection.finish(by=ENGINEER))

    @invariant()
    def events_alone_tell_everything(self) -> None:
        live, again = self.desk.inspection, self.desk.again()
        assert {number: asdict(one) for number, one in live.rounds.items()} == {number: asdict(one) for number, one in again.rounds.items()}
        assert live.findings == again.findings

    @invariant()
    def rounds_are_what_they_promise(self) -> None:
        rounds = list(self.desk.inspection.rounds.values())
        assert sum(one.finished_us is None for one in rounds) <= 1
        for one in rounds:
            assert set(one.results) <= set(one.points) and sum(one.counts.values()) == len(one.results)
            good_ones = [result for result in one.results.values() if result.state is State.OK]
            assert one.counts["OK"] == len(good_ones) and not any(result.skipped for result in good_ones)
            if one.finished_us is not None:
                assert one.open_points == ()


Acts.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyOrderOfActs = Acts.TestCase
