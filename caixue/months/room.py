"""Figures of the room: hours and windows from the ledger (R5.2, R5.3), patients and tubes from the numbers of its days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from caixue.availability import watched
from caixue.clock import US_PER_S
from caixue.intervals import intersection, intervals, subtraction, total_us
from caixue.measures.statistics import US_PER_H
from caixue.measures.windows import below_required_s, down_s, usable_min
from caixue.months.book import Book
from caixue.months.rows import Measure
from caixue.months.trouble import incident_count


def open_h(book: Book) -> float:
    return total_us(book.opening) / US_PER_H


def open_days(book: Book) -> int:
    return len(_open_days(book))


def _open_days(book: Book) -> set[date]:
    return {book.day_of(start_us) for start_us, _ in book.opening.tolist()}


def unwatched_h(book: Book) -> float:
    return total_us(subtraction(book.opening, watched(book.events, book.until_us))) / US_PER_H


def availability(book: Book) -> float | None:
    """R5.2: of the window-time in opening hours, the share in which the window was usable by the site's reading."""
    whole_us = total_us(book.opening) * len(book.site.windows)
    return 1 - _float(down_s(book.record, book.basis)) * US_PER_S / whole_us if whole_us else None


def below_eight_min(book: Book) -> float | None:
    return _float(below_required_s(book.record, book.basis)) / 60 if len(book.opening) else None


def fewest_usable(book: Book) -> float | None:
    return usable_min(book.record, book.basis) if len(book.opening) else None


def _float(value: float | None) -> float:
    return value or 0.0


# the numbers of the days


def counts(book: Book) -> Mapping[date, Mapping[str, Any]]:
    """The numbers of each day of the period; of a day that was counted twice the last ones."""
    return {date.fromisoformat(event.data["date"]): event.data for event in book.of("day.counted")}


def days_counted(book: Book) -> int:
    return len(counts(book))


def days_not_counted(book: Book) -> int:
    return len(_open_days(book) - counts(book).keys())


def total(name: str) -> Callable[[Book], float | int | None]:
    """The sum of one number over the days; None where no day was counted."""
    return lambda book: _total(book, name)


def worst(name: str) -> Measure:
    """The greatest of one number over the days; None where no day has it."""

    def measure(book: Book) -> float | None:
        known = [day[name] for day in counts(book).values() if day.get(name) is not None]
        return max(known, default=None)

    return measure


def _total(book: Book, *names: str) -> float | int | None:
    days = counts(book).values()
    return sum(day.get(name) or 0 for day in days for name in names) if days else None


def wrong_labels(book: Book) -> float | int | None:
    """G1: labels crossed, made twice, or used before they were verified."""
    return _total(book, "crossed", "duplicate", "unverified")


def _ratio(above: Callable[[Book], float | int | None], below: str, times: int = 1) -> Measure:
    """One number over the sum of another over the days; None where there is nothing to divide by."""

    def measure(book: Book) -> float | None:
        over, under = above(book), _total(book, below)
        return over * times / under if over is not None and under else None

    return measure


fault_rate = _ratio(incident_count, "tubes", 1000)
error_rate = _ratio(wrong_labels, "tubes", 1000)
per_window_h = _ratio(total("served"), "window_h")
per_h = _ratio(total("served"), "collecting_h")
left_share = _ratio(total("left"), "patients")


# the engineer


def attendance_days(book: Book) -> dict[str, int]:
    """Days on which each person came, by the attendance sheets of the days of the period."""
    came = {(event.data["person"], event.data["day"]) for event in book.of("attendance.opened") if event.data.get("came_us") is not None}
    return {name: sum(person == name for person, _ in came) for name in {person for person, _ in came}}


def leave_h(book: Book) -> dict[str, float]:
    """Hours of granted leave of each person that lie in the period."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for event in book.events:
        if event.kind == "leave.granted":
            spans.setdefault(event.subject, []).append((event.data["from_us"], event.data["until_us"]))
    period = intervals([(book.from_us, book.until_us)])
    hours = {name: total_us(intersection(intervals(own), period)) / US_PER_H for name, own in spans.items()}
    return {name: each for name, each in hours.items() if each}


def worked_h(book: Book) -> dict[str, float]:
    """Hours of each engineer at a task in the period; two tasks at once count once."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for spell in book.record.engineer_spells:
        spans.setdefault(spell.engineer, []).append((max(spell.start_us, book.from_us), spell.end_us))
    hours = {name: total_us(intervals(own)) / US_PER_H for name, own in spans.items()}
    return {name: each for name, each in hours.items() if each}
