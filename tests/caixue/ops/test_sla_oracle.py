"""The contract's deadlines against a slow oracle that looks at every minute: 100,000 random incidents over 2024 to 2027."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.clock import SHANGHAI
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.ops import minute_oracle as oracle

SEED = 20261122
BATCHES, INCIDENTS = 4, 25_000
SITE = load_site("eight-window")
READINGS = ("end of next working day", "8 working hours")
ENGINES = {reading: Deadlines.of(replace(SITE, readings=replace(SITE.readings, working_day=reading))) for reading in READINGS}
ORIGIN = datetime(2024, 1, 1, tzinfo=SHANGHAI)
DAY_S, MINUTE_S = 86_400, 60
EDGES_S = [0, 23_400, 43_200, 54_000, 63_000]  # midnight, and where the shift begins and ends
PLACES = [number for number in range(1, 3 * 365) if oracle.WORKS[number] != oracle.WORKS[number - 1]]  # where days off begin and end
Pauses = list[tuple[int, int]]


def at(seconds: int) -> datetime:
    return ORIGIN + timedelta(seconds=seconds)


def seconds(moment: datetime) -> int:
    return (moment - ORIGIN) // timedelta(seconds=1)


def random_start(dice: Random) -> int:
    """Any second; often one near midnight, near an edge of the shift, near days off, or near the end of what is published."""
    place = dice.random()
    if place < 0.5:
        return dice.randrange(oracle.LAST_PUBLISHED * DAY_S)
    if place < 0.55:
        return dice.randrange((oracle.LAST_PUBLISHED - 10) * DAY_S, (oracle.LAST_PUBLISHED + 300) * DAY_S)
    day = dice.choice(PLACES) + dice.randrange(-3, 3)
    if place < 0.75:
        return max(0, day * DAY_S + dice.randrange(DAY_S))
    return max(0, day * DAY_S + dice.choice(EDGES_S) + dice.randrange(-2, 3))


def random_pauses(dice: Random, start_s: int, kind: str) -> Pauses:
    """Up to three pauses, none overlapping; some touch the start, the limit, an edge of the shift, or the pause before."""
    pauses: Pauses = []
    from_s = start_s + dice.choice([-3600, 0, 0, 1, oracle.CLOCK_TIME_S.get(kind, DAY_S)])
    for _ in range(dice.choice([0, 0, 1, 1, 2, 3])):
        from_s += dice.choice([0, dice.randrange(600), dice.randrange(DAY_S)])
        length_s = dice.choice([1, dice.randrange(1, 3600), dice.randrange(1, DAY_S), dice.randrange(1, 4 * DAY_S)])
        until_s = from_s + length_s if dice.random() < 0.8 else max(from_s + 1, (from_s // DAY_S + 1) * DAY_S + dice.choice(EDGES_S))
        pauses.append((max(0, from_s), until_s))
        from_s = until_s
    return [(low, high) for low, high in pauses if low < high]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_deadline_is_the_one_that_counting_minutes_gives(batch: int) -> None:
    for number in range(batch * INCIDENTS, (batch + 1) * INCIDENTS):
        dice = Random(SEED * 1_000_000 + number)
        kind = dice.choice(["一般", "arrival", "较大", "较大", "重大", "重大"])
        start_s = random_start(dice)
        pauses = random_pauses(dice, start_s, kind)
        reading = dice.choice(READINGS)
        found = ENGINES[reading].deadline(kind, at(start_s), [(at(low), at(high)) for low, high in pauses])
        assert (seconds(found.at), found.provisional) == oracle.deadline(kind, start_s, pauses, reading), (
            f"incident {number} of seed {SEED}: {kind}, {reading}, from {at(start_s)}, pauses {[(str(at(a)), str(at(b))) for a, b in pauses]}"
        )


def test_the_oracles_calendar_is_the_published_one() -> None:
    holidays = pytest.importorskip("holidays")
    for year in oracle.NOTICES:
        published = holidays.country_holidays("CN", years=year)
        first = (date(year, 1, 1) - oracle.ORIGIN).days
        for number in range(first, first + (date(year + 1, 1, 1) - date(year, 1, 1)).days):
            day = oracle.ORIGIN + timedelta(days=number)
            assert oracle.WORKS[number] == published.is_working_day(day), day


@pytest.mark.parametrize("kind", ["较大", "重大"])
def test_without_a_pause_the_oracle_says_the_end_of_the_shift(kind: str) -> None:
    for day in range(0, 3 * 365, 7):
        due_s, _ = oracle.deadline(kind, day * DAY_S + 8 * 3600, [], READINGS[0])
        assert due_s % DAY_S == oracle.SHIFT_ENDS and oracle.WORKS[due_s // DAY_S]
        assert sum(oracle.WORKS[day + 1 : due_s // DAY_S + 1]) == oracle.WORKING_DAYS[kind]


MOMENTS = st.integers(0, 40 * DAY_S * 1_000_000)  # microseconds from 20 January 2026: Spring Festival and both its make-up days
FROM = datetime(2026, 1, 20, tzinfo=SHANGHAI)


def moment(offset_us: int) -> datetime:
    return FROM + timedelta(microseconds=offset_us)


def pauses_of(ends: list[int]) -> list[tuple[datetime, datetime]]:
    return [(moment(low), moment(high)) for low, high in zip(ends[::2], ends[1::2], strict=False)]


KINDS, ENGINE = st.sampled_from(["一般", "arrival", "较大", "重大"]), st.sampled_from(list(ENGINES.values()))


@settings(max_examples=150, deadline=None)
@given(KINDS, ENGINE, MOMENTS, st.lists(MOMENTS, max_size=6).map(sorted))
def test_the_limit_has_been_counted_at_the_deadline_and_not_a_microsecond_before(
    kind: str, engine: Deadlines, start: int, ends: list[int]
) -> None:
    pauses = pauses_of(ends)
    due = engine.deadline(kind, moment(start), pauses).at
    counted, limit = engine.used(kind, moment(start), due, pauses)
    assert counted == limit
    if not any(low < due <= high for low, high in pauses):
        assert engine.used(kind, moment(start), due - timedelta(microseconds=1), pauses)[0] == limit - timedelta(microseconds=1)


@settings(max_examples=100, deadline=None)
@given(KINDS, ENGINE, MOMENTS, st.lists(MOMENTS, max_size=6).map(sorted), MOMENTS, MOMENTS)
def test_the_clock_is_monotone_never_negative_and_stands_in_pauses(
    kind: str, engine: Deadlines, start: int, ends: list[int], one: int, other: int
) -> None:
    pauses = pauses_of(ends)
    first, later = sorted((one, other))
    before, after = (engine.used(kind, moment(start), moment(each), pauses)[0] for each in (first, later))
    assert timedelta(0) <= before <= after <= before + (moment(later) - moment(first))
    for low, high in pauses:
        assert engine.used(kind, moment(start), low, pauses)[0] == engine.used(kind, moment(start), high, pauses)[0]


@settings(max_examples=100, deadline=None)
@given(KINDS, ENGINE, MOMENTS, st.lists(MOMENTS, max_size=6).map(sorted), MOMENTS, MOMENTS)
def test_one_more_pause_never_brings_a_deadline_forward(
    kind: str, engine: Deadlines, start: int, ends: list[int], one: int, other: int
) -> None:
    more = [(moment(min(one, other)), moment(max(one, other)))]
    pauses = pauses_of(ends)
    assert engine.deadline(kind, moment(start), pauses).at <= engine.deadline(kind, moment(start), pauses + more).at


@settings(max_examples=60, deadline=None)
@given(KINDS, ENGINE, MOMENTS, st.lists(MOMENTS, max_size=6).map(sorted))
def test_how_a_pause_is_cut_into_pieces_and_ordered_makes_no_difference(kind: str, engine: Deadlines, start: int, ends: list[int]) -> None:
    pauses = pauses_of(ends)
    middles = [low + (high - low) / 2 for low, high in pauses]
    pieces = [piece for (low, high), middle in zip(pauses, middles, strict=True) for piece in ((middle, high), (low, middle), (low, high))]
    assert engine.deadline(kind, moment(start), pieces) == engine.deadline(kind, moment(start), pauses)


@pytest.mark.parametrize(
    ("kind", "start", "pause", "due"),
    [
        ("一般", "11-23T08:00", ("11-23T08:10", "11-23T09:00"), "11-23T09:20"),
        ("一般", "11-23T08:00", ("11-23T08:30", "11-23T09:00"), "11-23T09:00"),
        ("一般", "11-23T08:00", ("11-23T08:31", "11-23T09:00"), "11-23T08:30"),
        ("arrival", "11-22T23:30", ("11-22T23:50", "11-23T00:10"), "11-23T00:50"),
        ("较大", "11-23T08:00", ("11-23T10:00", "11-23T11:00"), "11-25T07:30"),
        ("较大", "11-20T16:00", ("11-20T18:00", "11-23T06:00"), "11-23T17:30"),
        ("较大", "11-20T16:00", ("11-20T17:00", "11-23T06:00"), "11-24T07:00"),
        ("较大", "11-23T08:00", ("11-24T17:00", "11-25T15:00"), "11-25T15:30"),
    ],
    ids=[
        "clock time moves by the pause",
        "a pause that begins at the very deadline",
        "a pause after the deadline",
        "arrival over midnight",
        "one working hour in the pause is given back",
        "a pause outside working hours costs nothing and gives nothing",
        "half an hour of Friday's shift in the pause",
        "what was left before the pause is left after it",
    ],
)
def test_a_pause_moves_a_deadline_by_the_time_of_the_clocks_own_kind(kind: str, start: str, pause: tuple[str, str], due: str) -> None:
    start_at, from_at, until_at, due_at = (datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI) for text in (start, *pause, due))
    assert ENGINES[READINGS[0]].deadline(kind, start_at, [(from_at, until_at)]).at == due_at
