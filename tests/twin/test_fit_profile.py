"""The load by kind of day: the truth lies within the intervals, Poisson is recognised, odd days are named, holidays stand apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from caixue.site import load_site
from tests.twin.queue_logs import MONDAYS, RATES, arrivals, text, visits
from twin.fitting.fit import SLOT_US, Fit, Wanted, fit
from twin.fitting.profile import Group, group_of, profile
from twin.fitting.queue_log import Reading

CALENDAR = load_site("bare-windows").calendar


def fitted(folder: Path, days: Sequence[date] = MONDAYS, wanted: Wanted | None = None, **asked) -> Fit:
    path = folder / "log.csv"
    path.write_text(text(visits(days, **asked)), encoding="utf-8")
    return fit([path], wanted or Wanted())


def profiled(**asked) -> Group:
    (group,) = profile(arrivals(**asked), CALENDAR, SLOT_US)
    return group


def only(found: Fit) -> Group:
    (group,) = found.groups
    return group


def test_a_group_has_its_days_its_slots_and_its_hours(tmp_path: Path) -> None:
    group = only(fitted(tmp_path))
    assert (group.name, len(group.days), group.days[0]) == ("monday", len(MONDAYS), MONDAYS[0].isoformat())
    assert (group.first, group.last, group.outside) == (14, 20, 0)  # 07:00 to 10:00
    assert group.per_day == pytest.approx(sum(RATES) / 2, rel=0.05)


def held(groups: Sequence[Group]) -> float:
    """The share of slots whose interval holds the true rate."""
    return float(
        np.mean(
            [slot.low_per_h <= rate <= slot.high_per_h for group in groups for slot, rate in zip(group.slots[14:20], RATES, strict=True)]
        )
    )


def test_the_intervals_hold_the_true_rates_in_19_of_20_slots() -> None:
    share = held([profiled(seed=seed) for seed in range(80)])
    assert 0.93 <= share <= 0.99, share  # 480 slots: the standard deviation is 0.01; exact intervals hold a little more than they say


def test_one_day_alone_has_honest_intervals_too() -> None:
    assert held([profiled(days=MONDAYS[:1], seed=seed) for seed in range(80)]) >= 0.93


def test_they_hold_them_also_where_whole_days_are_large_or_small() -> None:
    groups = [profiled(seed=seed, factor=0.2) for seed in range(80)]
    assert held(groups) >= 0.88  # the spread of seven days is itself uncertain
    slots = [(slot, rate) for group in groups for slot, rate in zip(group.slots[14:20], RATES, strict=True)]
    as_poisson = np.mean([abs(slot.per_h - rate) * len(MONDAYS) / 2 <= 1.96 * slot.people**0.5 for slot, rate in slots])
    assert as_poisson < 0.8


def test_poisson_arrivals_are_called_so() -> None:
    groups = [profiled(seed=seed) for seed in range(100)]
    assert sum(group.p is not None and group.p >= 0.01 for group in groups) >= 96
    assert np.mean([group.dispersion for group in groups]) == pytest.approx(1.0, abs=0.1)


def test_days_that_differ_are_not_and_by_how_much_is_told() -> None:
    groups = [profiled(seed=seed, factor=0.25) for seed in range(30)]
    assert sum(group.p is not None and group.p < 0.01 for group in groups) >= 28
    assert np.median([group.day_sd for group in groups]) == pytest.approx(0.25, abs=0.05)


def test_the_spread_is_that_of_the_textbook(tmp_path: Path) -> None:
    days = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    rows = [f"{day} 07:{minute:02d}" for day, many in zip(days, (4, 6, 11), strict=True) for minute in range(many)]
    path = tmp_path / "log.csv"
    path.write_text("到达时间\n" + "\n".join(rows), encoding="utf-8")
    group = only(fit([path], Wanted()))
    (slot,) = group.slots[group.first : group.last]
    assert (slot.people, slot.per_h) == (21, 14.0)
    assert slot.dispersion == pytest.approx(13 / 7)  # the variance of 4, 6, 11 is 13, their mean 7
    assert slot.p == pytest.approx(0.1561, abs=1e-4)  # of chi-square with 2 degrees of freedom above 26 / 7: exp(-13 / 7)


def test_one_day_says_nothing_about_its_spread(tmp_path: Path) -> None:
    group = only(fitted(tmp_path, MONDAYS[:1]))
    assert (group.dispersion, group.p, group.day_sd, group.odd) == (None, None, None, ())


def test_a_day_that_stands_out_is_named_and_can_be_left_out(tmp_path: Path) -> None:
    people = visits()
    odd = MONDAYS[3]
    path = tmp_path / "log.csv"
    path.write_text(text([one for one in people if one.arrived.date() != odd or one.arrived.hour < 8]), encoding="utf-8")
    group = only(fit([path], Wanted()))
    assert [(one.day, one.score < -3.5) for one in group.odd] == [(odd.isoformat(), True)]
    without = only(fit([path], Wanted(without=(odd,))))
    assert odd.isoformat() not in without.days and not without.odd


def test_holidays_and_make_up_workdays_stand_apart(tmp_path: Path) -> None:
    days = [date(2026, 9, 1) + timedelta(days=number) for number in range(45)]
    found = {group.name: group for group in fitted(tmp_path, days, rates=(40, 40)).groups}
    assert set(found["holiday"].days) == {day.isoformat() for day in days if CALENDAR.day_kind(day).kind == "holiday"} != set()
    assert set(found["make-up"].days) == {day.isoformat() for day in days if CALENDAR.day_kind(day).kind == "make-up workday"} != set()
    assert sum(len(group.days) for group in found.values()) == len(days)
    assert all(date.fromisoformat(day).weekday() == 0 for day in found["monday"].days)


def test_workdays_without_anybody_are_told(tmp_path: Path) -> None:
    found = fitted(tmp_path, [date(2026, 3, 2), date(2026, 3, 4)])
    assert any("2026-03-03" in note for note in found.notes)


@pytest.mark.parametrize(("slot_us", "slots"), [(900_000_000, 12), (3_600_000_000, 3)])
def test_slots_may_be_longer_or_shorter(tmp_path: Path, slot_us: int, slots: int) -> None:
    group = only(fitted(tmp_path, wanted=Wanted(slot_us=slot_us)))
    assert group.last - group.first == slots
    assert sum(slot.people for slot in group.slots) == sum(group.people)


def test_a_stray_arrival_at_night_is_counted_but_stays_out_of_the_hours(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text(visits()) + "甲,B1,2026-03-02 02:00:00,,,1,1\n", encoding="utf-8")
    group = only(fit([path], Wanted()))
    assert (group.first, group.outside) == (14, 1)


def test_the_most_people_served_at_once(tmp_path: Path) -> None:
    rows = ["07:00:00,07:00:00,07:10:00", "07:01:00,07:01:00,07:05:00", "07:04:00,07:05:00,07:09:00", "07:20:00,07:20:00,07:21:00"]
    path = tmp_path / "log.csv"
    path.write_text("到达时间,开始时间,结束时间\n" + "\n".join(rows), encoding="utf-8")
    assert only(fit([path], Wanted(Reading(day=date(2026, 1, 5))))).at_once == 2


def test_a_weekday_of_2026_is_its_own_group() -> None:
    assert [group_of(date(2026, 1, 5) + timedelta(days=number), CALENDAR) for number in (0, 4, 5)] == ["monday", "friday", "saturday"]
