"""Days of a record: when it began, and which day in Shanghai an instant of it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from caixue.clock import SHANGHAI, Clock, RecordClock


def record_start(clock: Clock) -> datetime:
    """The instant from which `clock` counts microseconds."""
    if isinstance(clock, RecordClock):
        return clock.start
    us = clock.monotonic_us()
    return clock.now() - timedelta(microseconds=us)


def today(clock: Clock) -> date:
    """The day that it is in Shanghai."""
    return day_at(clock.now())


def day_at(moment: datetime) -> date:
    """The day in Shanghai of an aware `moment`."""
    return moment.astimezone(SHANGHAI).date()


def day_of(us: int, start: datetime) -> date:
    """The day in Shanghai of the instant `us` microseconds after `start`."""
    return day_at(start + timedelta(microseconds=us))


def month_of(us: int, start: datetime) -> str:
    """The month of that instant, such as "2026-11"."""
    return f"{day_of(us, start):%Y-%m}"
