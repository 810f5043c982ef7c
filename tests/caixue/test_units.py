"""Quantities: what people may write, what it means to the microsecond, and what is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from caixue.errors import UsageError
from caixue.units import MAXIMUM_US, DaySpan, DaySpanField, DurationUs, MoneyFen, day_span, duration_us, format_duration, money_fen

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("12 min", 720_000_000),
        ("110 s", 110_000_000),
        ("1.5 h", 5_400_000_000),
        ("500 ms", 500_000),
        ("2 d", 172_800_000_000),
        ("0 s", 0),
        ("250us", 250),
        ("+45 min", 2_700_000_000),
        ("1 h 30 min", 5_400_000_000),
        ("12 分钟", 720_000_000),
        ("110秒", 110_000_000),
        ("1.5 小时", 5_400_000_000),
        ("2 天", 172_800_000_000),
        ("１２ ｍｉｎ", 720_000_000),
        ("0.000001 s", 1),
        ("0.1 s", 100_000),
    ],
)
def test_a_duration_means_exactly_what_it_says(text: str, us: int) -> None:
    assert duration_us(text) == us


@pytest.mark.parametrize("bare", [720, "720", " 720 ", "７２０", 720.0])
def test_a_bare_number_is_refused_with_the_way_to_write_it(bare: object) -> None:
    with pytest.raises(UsageError, match=r'write "720(\.0)? s"'):
        duration_us(bare)


@pytest.mark.parametrize(
    "text", ["", " ", "+", "-", "min", "12", "nan s", "inf s", "1e3 s", "1,5 h", "5 min 1 h", "1 h 1 h", "12 min.", None, True, [], b"1 s"]
)
def test_anything_else_is_a_usage_error(text: object) -> None:
    with pytest.raises(UsageError):
        duration_us(text)


def test_a_misspelt_unit_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"unknown unit 'mn'.*did you mean 'min'"):
        duration_us("3 mn")


def test_a_negative_duration_is_refused_unless_signs_are_allowed() -> None:
    with pytest.raises(UsageError, match="negative"):
        duration_us("-5 min")
    assert duration_us("-5 min", signed=True) == -300_000_000


@pytest.mark.parametrize("text", ["0.0000001 s", "0.5 us", "300000 d 99999999999999 h", "9" * 60 + " s"])
def test_what_64_bits_of_microseconds_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        duration_us(text)


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert 0 <= duration_us(text) <= MAXIMUM_US


@given(st.integers(-MAXIMUM_US, MAXIMUM_US))
def test_a_formatted_duration_reads_back_exactly(us: int) -> None:
    assert duration_us(format_duration(us), signed=True) == us


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0 s"),
        (720_000_000, "12 min"),
        (5_400_000_000, "1 h 30 min"),
        (90_000_000, "1 min 30 s"),
        (2_500_000, "2.5 s"),
        (500_000, "500 ms"),
        (7, "7 us"),
        (100_000_000, "1 min 40 s"),
        (-60_000_000, "-1 min"),
        (86_400_000_000, "1 d"),
    ],
)
def test_a_duration_is_printed_as_people_write_it(us: int, text: str) -> None:
    assert format_duration(us) == text


@pytest.mark.parametrize(("text", "fen"), [("12 yuan", 1200), ("0.35 元", 35), ("0.9yuan", 90), ("0 yuan", 0)])
def test_money_is_held_in_fen(text: str, fen: int) -> None:
    assert money_fen(text) == fen


@pytest.mark.parametrize("text", [12, "12", "12 €", "-1 yuan", "0.355 yuan", None])
def test_a_sum_without_its_unit_is_refused(text: object) -> None:
    with pytest.raises(UsageError):
        money_fen(text)


def test_a_span_of_a_day_reads_back_as_it_was_written() -> None:
    assert day_span("07:00-12:00") == DaySpan(25_200_000_000, 43_200_000_000)
    assert str(day_span("7:00–24:00")) == "07:00-24:00"


@pytest.mark.parametrize("text", ["12:00-07:00", "07:00-07:00", "07:60-08:00", "23:00-25:00", "7-12", "07:00", "", 7, None])
def test_a_span_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(UsageError):
        day_span(text)


class _Form(BaseModel):
    wait: DurationUs
    cost: MoneyFen
    open: DaySpanField


def test_a_model_reads_quantities_at_the_door() -> None:
    form = _Form.model_validate({"wait": "12 min", "cost": "3 yuan", "open": "07:00-12:00"})
    assert (form.wait, form.cost, str(form.open)) == (720_000_000, 300, "07:00-12:00")


def test_a_model_reports_every_bad_quantity_with_its_place() -> None:
    with pytest.raises(ValidationError) as caught:
        _Form.model_validate({"wait": 720, "cost": "3", "open": "7"})
    assert [error["loc"] for error in caught.value.errors()] == [("wait",), ("cost",), ("open",)]
    assert 'write "720 s"' in caught.value.errors()[0]["msg"]


def test_the_json_schema_says_that_quantities_are_text() -> None:
    assert {field["type"] for field in _Form.model_json_schema()["properties"].values()} == {"string"}
