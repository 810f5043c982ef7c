"""Times in queue logs: every usual way of writing one is read, and nothing else is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.queue_logs import FORMS
from twin.fitting.times import DATE_ONLY, EMPTY, UNREADABLE, Times, date_of, midnight_us

S = 1_000_000
HERE = midnight_us(date(2026, 1, 5)) + (7 * 3600 + 3 * 60 + 12) * S
EVENING = midnight_us(date(2026, 1, 5)) + (19 * 3600 + 3 * 60) * S


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05 07:03:12",
        "2026-01-05T07:03:12",
        "2026-01-05 07:03:12.000",
        "2026/1/5 7:03:12",
        "2026.1.5 7:03:12",
        "20260105 070312",
        "20260105070312",
        "20260105 07:03:12",
        "2026年1月5日 7时3分12秒",
        "2026年01月05日07时03分12秒",
        "2026年1月5日 7:03:12",
        "2026-01-05 星期一 07:03:12",
        "2026/1/5 上午 7:03:12",
        "2026/1/5 上午7:03:12",
        "2026/1/5 7:03:12 AM",
        "2026-01-05 07:03:12 a.m.",
        "２０２６－０１－０５　０７：０３：１２",
        "\t2026-01-05 07:03:12\t",
        '="2026-01-05 07:03:12"',
        "'2026-01-05 07:03:12",
        "2026-01-05T07:03:12+08:00",
        "2026-01-04T23:03:12Z",
        "2026-01-05 00:03:12 +01:00",
        "46027.2938888889",
    ],
)
def test_a_moment_may_be_written_like_this(written: str) -> None:
    assert Times().read(written) == HERE


@pytest.mark.parametrize(
    "written", ["2026/1/5 下午 7:03", "2026/1/5 7:03 PM", "2026/1/5 晚上7:03", "2026-1-5 下午 19:03", "2026年1月5日 19点03分"]
)
def test_the_second_half_of_the_day(written: str) -> None:
    assert Times().read(written) == EVENING


@pytest.mark.parametrize(
    ("written", "hour"),
    [("上午 12:30", 0), ("凌晨 12:30", 0), ("中午 12:30", 12), ("下午 12:30", 12), ("12:30 AM", 0), ("12:30 PM", 12), ("下午 1:30", 13)],
)
def test_twelve_is_midnight_before_noon_and_noon_after_it(written: str, hour: int) -> None:
    assert Times().read(written) == (hour * 60 + 30) * 60 * S


@pytest.mark.parametrize(
    "written", ["07:03:12", "7:03:12", "07:03:12.0", "7时3分12秒", "0.2938888889", ".2938888889", "上午 7:03:12", "０７：０３：１２"]
)
def test_a_time_without_a_date_is_a_time_of_day(written: str) -> None:
    assert Times().read(written) == HERE % (86_400 * S)


@pytest.mark.parametrize("written", ["", " ", "\t", '=""', "　"])
def test_nothing_is_no_time(written: str) -> None:
    assert Times().read(written) == EMPTY


@pytest.mark.parametrize("written", ["2026-01-05", "2026/1/5", "2026年1月5日", "20260105", "46027"])
def test_a_date_alone_is_told_apart(written: str) -> None:
    assert Times().read(written) == DATE_ONLY
    assert Times().days([written]) == [midnight_us(date(2026, 1, 5))]


@pytest.mark.parametrize(
    "written",
    ["张三", "1/5/2026 7:03", "5.1.2026 7:03", "26-01-05 7:03", "2026-13-05 07:03", "2026-02-29 07:03", "2026-01-05 24:00", "2026-01-05 07:61", "7.30",
     "07:03Z", "上午 下午 7:03", "上午 13:03", "2026-01-05 07:03 07:04", "110101199001011234", "13912345678", "1880-01-01 07:03",
     "2200-01-01 07:03", "-1", "nan", "1e5", "7点半", "99999", "1.5", "2026-01-05 07:3", "2026-01-05 AM", "7" * 5000],
)  # fmt: skip
def test_anything_else_is_refused(written: str) -> None:
    assert Times().read(written) == UNREADABLE


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(moment=st.datetimes(datetime(1991, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001
def test_every_form_gives_back_its_second(form, moment: datetime) -> None:
    second = moment.replace(microsecond=0)
    times = Times()
    expected = (second - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001
    assert times.column([form(second)] * 2) == [expected] * 2  # the second time from memory
    assert date_of(expected) == second.date()


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_reason(text: str) -> None:
    (found,) = Times().column([text])
    assert found in (EMPTY, UNREADABLE, DATE_ONLY) or found >= 0
    assert Times().days([text])[0] >= UNREADABLE
