"""Every figure of a month equals an independent recount of the ledger's lines, and the comparison notices what is planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from caixue.events import KINDS, Event, belongs_in_ledger
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.months.book import book_of
from caixue.months.catalogue import FIGURES
from caixue.months.entries import about_us, counted
from caixue.months.figures import Ledgers, values_of
from caixue.months.rows import Value
from caixue.ops.accounting import Period
from caixue.ops.closing import Closings
from caixue.site import load_site
from tests.caixue.months.closing_bench import SetClock
from tests.caixue.months.histories import LENGTH_US, START, History, us
from tests.caixue.months.recount import Recount, different

SITE = load_site("eight-window")
PERIODS = ["2026-09", "2026-10", "2026-11", "2026-12", "2027-01", "2026"]


def by_program(events: list[Event], period: str, cut: int | None = None) -> dict[str, Value]:
    return values_of(book_of(counted(events, START, cut), SITE, START, Period.named(period), LENGTH_US))


def by_hand(events: list[Event], period: str, cut: int | None = None) -> dict[str, Value]:
    from_us, until_us = Period.named(period).span_us(START)
    return Recount([event.to_json() for event in events], START.isoformat(), from_us, min(until_us, LENGTH_US), cut).figures()


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("seed", range(12))
def test_every_figure_of_a_random_history_equals_the_recount(seed: int, period: str):
    events = History(seed).events
    assert different(by_program(events, period), by_hand(events, period)) == [], f"seed {seed}"


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_off_leaves_out_what_was_noted_later_on_both_sides(seed: int):
    events = History(seed).events
    cut = len(events) // 2
    program = by_program(events, "2026-10", cut)
    assert different(program, by_hand(events, "2026-10", cut)) == []
    assert different(program, by_program(events, "2026-12", cut))


def test_the_histories_move_every_figure():
    """A figure that is always the same would be compared for nothing."""
    seen: dict[str, set[str]] = {name: set() for name in FIGURES}
    for seed in range(6):
        for period in ("2026-10", "2026-12"):
            for name, value in by_program(History(seed).events, period).items():
                seen[name].add(str(value))
    assert [name for name, values in seen.items() if len(values) < 2 and name not in ("open.days", "open.hours")] == []


def test_the_counts_of_the_months_add_up_to_the_year():
    names = [name for name, row in FIGURES.items() if row.unit == "count" and not row.by]
    instants = {"window.usable.min", "incident.open", "inspection.open", "feedback.open", "improvement.open", "open.days"}
    instants.add("inspection.items")  # an item that was looked at again in the month after is one item of the year
    for seed in range(4):
        events = History(seed).events
        months = [by_program(events, period) for period in PERIODS[:4]]
        year = by_program(events, "2026")
        for name in (
            name for name in names if name not in instants and not name.endswith(".late")
        ):  # a limit may turn out later to have passed
            assert sum(month[name] or 0 for month in months) == (year[name] or 0), (seed, name)


PLANTED = {
    "tube.labelled": lambda event: event.kind == "day.counted" and {"tubes": event.data["tubes"] + 1},
    "incident.count": lambda event: event.kind == "incident.opened" and not event.data.get("drill") and {"drill": True},
    "sla.breached": lambda event: event.kind == "incident.opened" and {"deadline_us": event.at_us + 1},
    "consumable.put_in": lambda event: event.kind == "consumable.refilled" and {"quantity": event.data["quantity"] + 1},
    "call.late": lambda event: event.kind == "call.received" and {"rang_us": event.at_us, "answered_us": event.at_us + 301_000_000},
    "backup.damaged": lambda event: event.kind == "backup.checked" and event.data["whole"] and {"whole": False},
    "leave.hours": lambda event: event.kind == "leave.granted" and {"until_us": event.data["until_us"] + 3_600_000_000},
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_noticed(name: str):
    """One side reads a ledger in which entries of one sort say something else: the comparison names the figure."""
    events = History(2, acts=900).events
    wrong = [replace(event, data={**event.data, **(PLANTED[name](event) or {})}) for event in events]
    assert name in different(by_program(wrong, "2026"), by_hand(events, "2026"))


def test_a_single_lost_entry_is_noticed_whatever_is_counted_from_it():
    events = History(5, acts=900).events
    for kind in (
        "order.placed",
        "spare.fitted",
        "training.held",
        "drill.carried-out",
        "inspection.finding",
        "feedback.opened",
        "power.lost",
    ):
        lost = next(event for event in events if event.kind == kind and event.at_us < Period.named("2026").span_us(START)[1])
        left = [event for event in events if event is not lost]
        assert different(by_program(left, "2026"), by_hand(events, "2026")), kind


def test_the_histories_speak_only_of_what_a_ledger_may_hold():
    kinds = {event.kind for seed in range(6) for event in History(seed).events}
    assert [kind for kind in kinds if kind not in KINDS or not belongs_in_ledger(kind)] == []


@pytest.mark.parametrize("seed", range(3))
def test_the_effect_of_late_entries_equals_a_recount_with_and_without_them(seed: int):
    """October is cut off early: what each later entry about it would change, counted from the lines with that one more."""
    events = History(seed, acts=150).events
    cut = next(event.seq for event in events if event.at_us >= us(date(2026, 10, 25)))
    closings = Closings(Recorder(MemoryJournal(), SetClock()), {}, START)
    closings.hear(Event(10**6, 0, "month.cut-off", "2026-10", "engineer-1", None, {"seq": cut, "head": ""}))
    ledgers = Ledgers(events, SITE, START, closings, LENGTH_US)
    late = list(ledgers.corrections(Period.named("2026-11")))
    assert late
    without = by_hand(events, "2026-10", cut)
    for one in late[:12]:
        moved = one.event if one.event.kind == "entry.corrected" else replace(one.event, at_us=about_us(one.event, START))
        more = [*(event for event in events if event.seq <= cut), moved]
        assert sorted(one.effect) == different(without, by_hand(more, "2026-10")), one.event
