"""R5.2: respond and repair in the agreed time, with as much availability as possible: the month's figures say how much there was."""

from __future__ import annotations

import pytest

from caixue.intervals import total_us
from caixue.months.book import book_of
from caixue.ops.accounting import Period
from tests.contract.month_desk import MINUTE_US, SITE, MonthDesk, desk

__all__ = ["desk"]


def blocked(desk: MonthDesk, day: int, clock: str, minutes: int, window: str = "window-1") -> None:
    """A window is out for so long."""
    at_us = desk.us(day, clock)
    data = {"device": f"{window}.collection-host", "reason": "motor-fault"}
    desk.past((at_us, "window.blocked", window, data), (at_us + minutes * MINUTE_US, "window.restored", window, {}))


def opening_minutes(desk: MonthDesk) -> float:
    return total_us(book_of([], SITE, desk.start, Period.named(desk.month), 2**62).opening) / MINUTE_US


def test_a_month_without_trouble_is_available_throughout(desk: MonthDesk):
    assert desk.value("window.available.share") == 1.0
    assert desk.value("window.usable.min") == 8


def test_window_time_that_is_lost_in_opening_hours_is_taken_off(desk: MonthDesk):
    blocked(desk, 12, "08:00", 60)
    lost = 60 / (8 * opening_minutes(desk))
    assert desk.value("window.available.share") == pytest.approx(1 - lost, abs=1e-6)


def test_a_window_that_is_back_within_the_sites_reading_was_usable(desk: MonthDesk):
    blocked(desk, 12, "08:00", 9)
    assert desk.value("window.available.share") == 1.0


def test_what_is_lost_at_night_counts_for_nothing(desk: MonthDesk):
    blocked(desk, 12, "20:00", 300)
    assert desk.value("window.available.share") == 1.0


def test_minutes_below_eight_windows_are_told_outside_of_running_clocks(desk: MonthDesk):
    blocked(desk, 12, "08:00", 60)
    assert desk.value("window.below_eight.minutes") == 60
    desk.incident(1, 12, 60)  # from 08:00: inside its clock for the first half hour
    assert desk.value("window.below_eight.minutes") == 30


def test_mean_time_to_repair_and_between_failures_are_told_with_their_readings(desk: MonthDesk):
    desk.incident(1, 12, 20)
    desk.incident(2, 13, 40)
    figures = {line.figure.name: line for line in desk.months().lines}
    assert figures["mttr.hours"].value == pytest.approx(0.5)
    assert figures["mtbf.hours"].value == pytest.approx(opening_minutes(desk) / 60 / 2)
    assert "opening hours" in figures["mtbf.hours"].figure.definition and "pauses" in figures["mttr.hours"].figure.definition


def test_responses_later_than_agreed_are_counted(desk: MonthDesk):
    desk.incident(1, 12, 20)  # on site after two minutes
    at_us = desk.us(13, "09:00")
    data = {"device": "conveyor", "window": "", "class": "一般", "symptom": "no-answer", "occurred_us": at_us, "detected_us": None}
    times = {"reported_us": at_us, "deadline_us": at_us + 30 * MINUTE_US}
    desk.past(
        (at_us, "incident.opened", "incident-0002", {**data, **times}), (at_us + 6 * MINUTE_US, "incident.on-site", "incident-0002", {})
    )
    figures = desk.figures()
    assert (figures["response.count"], figures["response.late"], figures["response.longest"]) == (2, 1, 360.0)


def test_opening_hours_that_no_agent_watched_are_told(desk: MonthDesk):
    desk.past((desk.us(1, "00:00"), "agent.started", SITE.name, {"version": "x", "pid": 1, "down_us": None}))
    assert desk.value("unwatched.hours") == 0
