"""Hidden trouble: every rule finds what is planted, and leaves alone what is as it should be; a clean month gives none (C1)."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import Any

import numpy as np
import pytest

from caixue.ops.inspection_items import State
from caixue.ops.inspection_reading import Observed
from caixue.ops.trend import Sample, trend_of
from caixue.ops.trouble import RULES, Facts, Jams, Moving, Shelf, Trouble, Wearing, at_least, troubles
from caixue.ops.wear import life_of
from caixue.sla import clause_ids
from caixue.units import US_PER_DAY
from tests.caixue.ops.inspection_desk import ENGINEER, InspectionDesk, good

HEAD = Wearing("window-1.label-printer", "print-head", 20.0, 50.0, 0.1)
USUAL = [Jams(f"window-{number}", 4, 4000.0) for number in range(1, 9)]
SHELF = Shelf("edta-purple", 5000, 1000, 200.0, 14.0)


def moving(*values: float, limit: float) -> list[Moving]:
    return [
        Moving("answer-time@ups-room", "s", limit, trend_of([Sample(n * 30 * US_PER_DAY, value) for n, value in enumerate(values)], limit))
    ]


# rule → (about, facts in which it finds something, facts in which it must not)
CASES: dict[str, tuple[str, list[Facts], list[Facts]]] = {
    "wear": (
        "window-1.label-printer",
        [Facts(wearing=[replace(HEAD, used=46.0, per_day=None)]), Facts(wearing=[replace(HEAD, used=30.0, per_day=0.5)])],
        [Facts(wearing=[HEAD]), Facts(wearing=[replace(HEAD, per_day=None)]), Facts(wearing=[replace(HEAD, per_day=0.0)])],
    ),
    "trend": (
        "answer-time@ups-room",
        [Facts(moving=moving(0.1, 0.2, 0.3, 0.4, limit=0.5))],
        [
            Facts(moving=moving(0.1, 0.2, 0.3, 0.4, limit=5.0)),  # years away
            Facts(moving=moving(0.4, 0.3, 0.2, 0.1, limit=0.5)),  # getting better
            Facts(moving=moving(0.4, 0.1, 0.45, 0.2, 0.3, limit=0.5)),  # noise
            Facts(moving=moving(0.2, 0.3, 0.4, limit=0.5)),  # too few to tell
        ],
    ),
    "repeated": ("window-3.tube-dispenser", [Facts(incidents={"window-3.tube-dispenser": 3})], [Facts(incidents={"window-3.tube-dispenser": 2})]),
    "jams": (
        "window-3",
        [Facts(jams=[replace(row, jams=20) if row.window == "window-3" else row for row in USUAL])],
        [
            Facts(jams=USUAL),
            Facts(jams=[replace(row, jams=7) if row.window == "window-3" else row for row in USUAL]),  # chance alone does that
            Facts(jams=[Jams("window-3", 20, 20_000.0), *USUAL]),  # many, but of many tubes
            Facts(jams=[Jams("window-3", 20, 4000.0)]),  # nothing to compare with
            Facts(jams=[replace(row, jams=0) for row in USUAL[:7]] + [Jams("window-8", 2, 4000.0)]),
        ],
    ),
    "stock": (
        "edta-purple",
        [Facts(shelves=[replace(SHELF, on_hand=3700)])],
        [
            Facts(shelves=[SHELF]),
            Facts(shelves=[replace(SHELF, on_hand=3700, on_order=1000)]),
            Facts(shelves=[Shelf("print-head", 1, 1, 0.01, 14.0)]),  # less than one piece until the order comes
        ],
    ),
    "backup": (
        "label-templates",
        [Facts(backups={"label-templates": None}), Facts(backups={"label-templates": 9.0})],
        [Facts(backups={"label-templates": 7.0})],
    ),
    "training": (
        "nurse-1",
        [Facts(trainings={("nurse-1", "refill"): -1}), Facts(trainings={("nurse-1", "refill"): 10})],
        [Facts(trainings={("nurse-1", "refill"): 31})],
    ),
    "unknown": ("database-reach@oracle-up", [Facts(unknown=["database-reach@oracle-up"])], [Facts()]),
    "finding": ("finding-0001", [Facts(findings={"finding-0001": 1})], [Facts(findings={"finding-0001": 0})]),
}  # fmt: skip


def test_every_rule_has_its_cases_a_clause_and_a_source():
    assert [rule.name for rule in RULES] == list(CASES)
    assert all(rule.clause in clause_ids() and rule.source and rule.zh and rule.en for rule in RULES)


@pytest.mark.parametrize(("rule", "facts"), [(name, one) for name, (_, found, _) in CASES.items() for one in found])
def test_what_a_rule_is_for_it_finds_and_no_other_rule_does(rule: str, facts: Facts):
    found = troubles(facts)
    assert [(one.rule, one.about) for one in found] == [(rule, CASES[rule][0])] and found[0].text


@pytest.mark.parametrize(("rule", "facts"), [(name, one) for name, (_, _, clean) in CASES.items() for one in clean])
def test_what_is_as_it_should_be_it_leaves_alone(rule: str, facts: Facts):
    assert troubles(facts) == []


# from a journal


class Months(InspectionDesk):
    """Four months of one site: rounds, wear once a day, backups every week, a few jams; `plant` may change what a day brings."""

    def live(self, **planted: Any) -> list[Trouble]:
        self.planted = planted
        for _ in range(120):
            self.clock.sleep(86_400)
            self._day()
        return troubles(self.facts())

    def _day(self) -> None:
        today = self.inspection.today
        number = self.clock.monotonic_us() // US_PER_DAY
        if today.day == 5:
            self.whole_round({self.planted["rising"]: 0.2 * today.month} if "rising" in self.planted else None)
        if number % 7 == 0 and "no_backup" not in self.planted:
            self._backups(number)
        for window in range(1, 9):
            self._window(window, number)
        if number % 10 == 0 and "incidents" in self.planted:
            self._incident(number)

    def _backups(self, number: int) -> None:
        self.recorder.note("ledger.backed-up", f"ledger-{number}", sha256="", entries=1, head="")
        for software in ("collection-system", "driver-service", "label-templates"):
            self.recorder.note("backup.made", f"{software}-{number}", software=software, verified=True)

    def _window(self, window: int, number: int) -> None:
        jams = 5 if self.planted.get("jams") == window else 1
        if number % 7 == window % 7:
            for _ in range(jams):
                self.recorder.note("alarm.raised", f"window-{window}.tube-dispenser", alarm="tube-jam")
        self.recorder.note("wear.read", f"window-{window}.tube-dispenser", counter="tubes", value=150 * number, unit="tube")
        per_day = 0.4 if self.planted.get("worn") == window else 0.15
        self.recorder.note("wear.read", f"window-{window}.label-printer", counter="printed-km", value=per_day * number, unit="km")

    def _incident(self, number: int) -> None:
        data = {"device": "window-5.collection-host", "window": "window-5", "class_": "一般", "symptom": "no-answer"}
        times = dict.fromkeys(("occurred_us", "reported_us", "detected_us", "deadline_us"), self.clock.monotonic_us())
        drill = self.planted["incidents"] == "drills"
        self.recorder.note("incident.opened", f"incident-{number}", **data, **times, drill=drill)


def test_a_clean_season_gives_no_hidden_trouble():
    assert Months().live() == []


@pytest.mark.parametrize(
    ("planted", "rule", "about"),
    [
        ({"jams": 3}, "jams", {"window-3"}),
        ({"worn": 2}, "wear", {"window-2.label-printer"}),
        ({"no_backup": True}, "backup", {"collection-system", "driver-service", "label-templates", "ledger"}),
        ({"incidents": "real"}, "repeated", {"window-5.collection-host"}),
    ],
)
def test_planted_trouble_is_found_and_nothing_else(planted: dict[str, Any], rule: str, about: set[str]):
    found = Months().live(**planted)
    assert {(one.rule, one.about) for one in found} == {(rule, each) for each in about}


@pytest.mark.parametrize(
    "planted", [{"incidents": "drills"}, {"rising": "ups-load@ups-room"}], ids=["drills", "a rise that is far from its limit"]
)
def test_what_looks_like_trouble_and_is_none_is_left_alone(planted: dict[str, Any]):
    assert Months().live(**planted) == []


def test_a_reading_that_creeps_towards_its_limit_from_round_to_round_is_found():
    desk = InspectionDesk()
    for month, value in enumerate((60.0, 65.0, 70.0, 75.0), 9):
        desk.at(f"2026-{month:02d}-05")
        desk.whole_round({"ups-load@ups-room": value})
    found = [one for one in troubles(desk.facts()) if one.rule == "trend"]
    assert [one.about for one in found] == ["ups-load@ups-room"] and "30" in found[0].text


def test_a_new_part_ends_its_old_wear_and_the_series_begins_again():
    desk = InspectionDesk()
    point = desk.inspection.points["print-head-wear@window-1.label-printer"]
    desk.inspection.begin(by=ENGINEER)
    for value in (0.7, 0.8, 0.9, 0.1, 0.2):
        desk.inspection.note_readings([Observed(point, State.OK, value, 0.8, "share")], by=ENGINEER)
        desk.clock.sleep(86_400)
    life = life_of("label-printer", "print-head")
    assert life is not None and [one.about for one in troubles(desk.facts()) if one.rule == "trend"] == []


@pytest.mark.parametrize("usual", [1.0, 4.0])
def test_windows_that_are_alike_give_an_alarm_in_less_than_one_room_of_a_hundred(usual: float):
    """600 rooms in which every window jams as often as the others, by nothing but chance."""
    dice = np.random.default_rng(7)
    rooms = [[Jams(f"window-{n}", int(jams), 4000.0) for n, jams in enumerate(dice.poisson(usual, 8))] for _ in range(600)]
    assert sum(bool(troubles(Facts(jams=room))) for room in rooms) <= 6


@pytest.mark.parametrize(("hits", "tries", "share"), [(0, 5, 0.1), (3, 5, 0.5), (5, 5, 0.25), (20, 48, 0.125)])
def test_the_chance_of_so_many_jams_is_that_of_the_binomial_law(hits: int, tries: int, share: float):
    exact = sum(comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(hits, tries + 1))
    assert at_least(hits, tries, share) == pytest.approx(exact)


def test_what_nobody_could_read_in_two_rounds_running_is_hidden_trouble():
    desk = InspectionDesk()
    for month in (9, 10, 11):
        desk.at(f"2026-{month:02d}-09")
        desk.inspection.begin(by=ENGINEER)
        dark = desk.inspection.points["database-reach@oracle-up"]
        observed = [
            Observed(point, State.UNKNOWN, reason="?") if point is dark and month > 9 else good(point) for point in desk.automatic()
        ]
        desk.inspection.note_readings(observed, by=ENGINEER)
        for name in desk.manual():
            desk.inspection.check(name, "ok", by=ENGINEER)
        desk.inspection.finish(by=ENGINEER)
        unknown = [one.about for one in troubles(desk.facts()) if one.rule == "unknown"]
        assert unknown == (["database-reach@oracle-up"] if month == 11 else [])


def test_a_training_counts_until_its_last_day_and_the_latest_one_counts():
    desk = InspectionDesk()
    desk.recorder.note("training.opened", "training-0001", person="nurse-1", topic="refill", trainer=ENGINEER, planned="2026-09-01")
    desk.recorder.note("training.passed", "training-0001", result="90", assessor=ENGINEER, valid_until="2026-10-05")
    assert desk.facts().trainings == {("nurse-1", "refill"): 34}
    desk.recorder.note("training.passed", "training-0001", result="95", assessor=ENGINEER, valid_until="2027-09-01")
    assert desk.facts().trainings["nurse-1", "refill"] == 365


def test_the_monitors_readings_and_the_rounds_make_one_series():
    desk = InspectionDesk()
    for day, value in enumerate((0.999, 0.992, 0.985, 0.978)):
        desk.recorder.note("reading.noted", "window-1", reading="label.first-scan", value=value, limit=0.97, unit="share")
        desk.at(f"2026-09-{2 + 7 * day:02d}")
    desk.whole_round({"first-scan@window-1": 0.978})
    (found,) = [one for one in troubles(desk.facts()) if one.rule == "trend"]
    assert found.about == "first-scan@window-1"
