"""Chinese working days: published years day for day, and the honest answer where nothing is published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.workdays import Kind, add_workdays, china, day_kind, next_workday

pytestmark = pytest.mark.usefixtures("english")

holidays = pytest.importorskip("holidays")

YEAR = 'schema = 1\n[[year]]\nyear = 2027\ncomplete = true\nsource = "notice"\n'


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=offset) for offset in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_published_day_agrees_with_an_independent_calendar(year: int) -> None:
    other = holidays.country_holidays("CN", years=year)
    for day in days_of(year):
        assert day_kind(day).works == other.is_working_day(day), day
        assert not day_kind(day).provisional


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), Kind.WORKDAY),
        (date(2026, 11, 22), Kind.WEEKEND),
        (date(2026, 2, 17), Kind.HOLIDAY),
        (date(2026, 2, 14), Kind.MAKE_UP),
        (date(2026, 10, 10), Kind.MAKE_UP),
        (date(2024, 9, 29), Kind.MAKE_UP),
    ],
)
def test_a_day_is_one_of_four_kinds(day: date, kind: Kind) -> None:
    assert day_kind(day).kind is kind


@pytest.mark.parametrize("day", days_of(2027)[::13])
def test_every_day_of_an_unpublished_year_is_provisional(day: date) -> None:
    assert day_kind(day).provisional


@pytest.mark.parametrize(
    "day", [date(2027, 1, 1), date(2027, 5, 1), date(2027, 5, 2), date(2027, 10, 1), date(2027, 10, 2), date(2027, 10, 3)]
)
def test_holidays_that_the_law_fixes_are_known_in_an_unpublished_year(day: date) -> None:
    assert day_kind(day).kind is Kind.HOLIDAY


@pytest.mark.parametrize("day", [date.min, date(1999, 6, 1), date.max])
def test_no_date_is_beyond_the_calendar(day: date) -> None:
    assert day_kind(day).provisional


def test_a_moment_counts_as_its_day_in_shanghai() -> None:
    assert day_kind(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)).kind is Kind.WORKDAY


def test_the_workday_after_national_day_2026_is_8_october() -> None:
    assert next_workday(date(2026, 9, 30)) == date(2026, 10, 8)


def test_make_up_saturdays_count_when_adding_workdays() -> None:
    assert add_workdays(date(2026, 10, 8), 2) == (date(2026, 10, 10), False)


def test_adding_workdays_across_an_unpublished_year_says_so() -> None:
    assert add_workdays(date(2026, 12, 30), 1) == (date(2026, 12, 31), False)
    assert add_workdays(date(2026, 12, 30), 2) == (date(2027, 1, 4), True)


def test_adding_no_workdays_stays_on_the_day() -> None:
    assert add_workdays(date(2026, 11, 22), 0) == (date(2026, 11, 22), False)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 1, 1), -1), (date.max, 1)])
def test_workdays_that_cannot_be_added_are_a_usage_error(day: date, count: int) -> None:
    with pytest.raises(UsageError):
        add_workdays(day, count)


def write(folder: Path, text: str) -> Path:
    path = folder / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_complete_override_publishes_a_year(tmp_path: Path) -> None:
    rows = 'make_up_workdays = [2027-02-20]\nholidays = [{ name = "春节", first = 2027-02-05, last = 2027-02-11 }]\n'
    calendar = china().with_file(write(tmp_path, YEAR + rows))
    assert calendar.day_kind(date(2027, 2, 20)).kind is Kind.MAKE_UP
    assert calendar.day_kind(date(2027, 2, 11)).name == "春节"
    assert calendar.add_workdays(date(2027, 2, 4), 1) == (date(2027, 2, 12), False)
    assert not calendar.day_kind(date(2027, 3, 1)).provisional
    assert calendar.day_kind(date(2028, 3, 1)).provisional


def test_an_incomplete_override_settles_only_its_own_days(tmp_path: Path) -> None:
    calendar = china().with_file(write(tmp_path, YEAR.replace("true", "false") + "make_up_workdays = [2027-02-20]\n"))
    assert not calendar.day_kind(date(2027, 2, 20)).provisional
    assert calendar.day_kind(date(2027, 2, 22)).provisional


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (YEAR + "makeup_workdays = []\n", "did you mean 'make_up_workdays'"),
        (YEAR.replace('source = "notice"\n', ""), "source"),
        (YEAR + "make_up_workdays = [2027-02-20, 2027-02-20]\n", "2027-02-20 is listed twice"),
        (YEAR + "make_up_workdays = [2026-02-20]\n", "2026-02-20 is not in 2027"),
        (YEAR + 'holidays = [{ name = "春节", first = 2027-02-11, last = 2027-02-05 }]\n', "春节"),
        (YEAR + 'make_up_workdays = ["soon"]\n', "make_up_workdays.1"),
        ("schema = 2\n", "schema"),
    ],
)
def test_a_mistake_in_an_override_is_named_with_its_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=r"calendar\.toml:\d+: ") as caught:
        china().with_file(write(tmp_path, text))
    assert words in str(caught.value)
