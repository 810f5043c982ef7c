"""Figures of the trouble: incidents, and the clocks of R2, R3 and R4. What happens to an incident counts in the period in which it happens.

A limit that passes unkept counts in the period in which it passes, so that the months of a year add up to the year, unless something
told after a month's end moves a clock back into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from caixue.day import NEVER, Incident
from caixue.intervals import total_us
from caixue.measures.incidents import arrivals_us, breached_at_us, escalations_us, repairs_us, responses_us, whole_records
from caixue.measures.statistics import US_PER_H, Measure, max_of, mean_of
from caixue.months.book import Book
from caixue.months.rows import Measure as MonthMeasure
from caixue.months.rows import Value, added

Clock = Literal["response", "arrival", "escalation"]


def began(book: Book) -> list[Incident]:
    """The incidents opened in the period."""
    return [incident for incident in book.incidents if book.holds(incident.opened_us)]


def restored(book: Book) -> list[Incident]:
    """The incidents restored in the period."""
    return [incident for incident in book.incidents if book.holds(incident.restored_us)]


def closed(book: Book) -> list[Incident]:
    """The incidents whose record was closed in the period."""
    return [incident for incident in book.incidents if book.holds(incident.closed_us)]


def breached(book: Book) -> Iterator[Incident]:
    """The incidents whose deadline passed unkept in the period (R3)."""
    for incident in book.incidents:
        at_us = breached_at_us(incident, book.basis, book.until_us)
        if at_us is not None and book.holds(at_us):
            yield incident


def incident_count(book: Book) -> int:
    return len(began(book))


def drills(book: Book) -> int:
    return sum(incident.drill and book.holds(incident.opened_us) for incident in book.record.incidents)


def still_open(book: Book) -> int:
    return sum(incident.restored_us == NEVER for incident in book.incidents)


def by_class(book: Book) -> Value:
    return added((incident.class_, 1) for incident in began(book))


def by_device(book: Book) -> Value:
    return added((incident.device or incident.window or "-", 1) for incident in began(book))


def by_symptom(book: Book) -> Value:
    return added((incident.symptom or "-", 1) for incident in began(book))


def restored_by_class(book: Book) -> Value:
    return added((incident.class_, 1) for incident in restored(book))


def in_time_by_class(book: Book) -> Value:
    kept = (incident for incident in restored(book) if breached_at_us(incident, book.basis, book.until_us) is None)
    return added((incident.class_, 1) for incident in kept)


def breached_by_class(book: Book) -> Value:
    return added((incident.class_, 1) for incident in breached(book))


def longest_by_class(book: Book) -> Value:
    """The longest repair of each class, of those restored in the period, in seconds."""
    done = restored(book)
    return {
        name: _of(book, max_of(repairs_us), [one for one in done if one.class_ == name]) or 0.0 for name in {one.class_ for one in done}
    }


def mttr_h(book: Book) -> float | None:
    mean_s = _of(book, mean_of(repairs_us), restored(book))
    return None if mean_s is None else mean_s / 3600


def mtbf_h(book: Book) -> float | None:
    failures = len(began(book))
    return total_us(book.opening) / US_PER_H / failures if failures else None


def closed_count(book: Book) -> int:
    return len(closed(book))


def whole_share(book: Book) -> float | None:
    return whole_records(book.only(closed(book)), book.basis)


def _of(book: Book, measure: Measure, incidents: list[Incident]) -> float | None:
    """A time of these incidents, in seconds."""
    found = measure(book.only(incidents), book.basis) if incidents else None
    return None if found is None or isinstance(found, list) else float(found)


# the clocks from one instant to another: taken up (R3), on site after a call-out (R2), the head of department told (R4)


def _span(incident: Incident, clock: Clock, book: Book) -> tuple[int, int]:
    """When the clock of an incident starts, and when it stops; NEVER where it does not."""
    match clock:
        case "response":
            return incident.clock_start_us(book.basis.clock_starts), incident.on_site_us
        case "arrival":
            return incident.called_out_us, incident.on_site_us
        case "escalation":
            return incident.major_us, incident.told_head_us


_TIMES = {"response": responses_us, "arrival": arrivals_us, "escalation": escalations_us}


def stopped(clock: Clock) -> MonthMeasure:
    """How many clocks of that sort stopped in the period."""
    return lambda book: len(_stopped(book, clock))


def longest(clock: Clock) -> MonthMeasure:
    """The longest of them, in seconds."""
    return lambda book: _of(book, max_of(_TIMES[clock]), _stopped(book, clock))


def late(clock: Clock) -> MonthMeasure:
    """How many limits of that sort passed in the period before the clock stopped; one that was restored without it ran for nothing."""
    return lambda book: sum(_passed(incident, clock, book) for incident in book.incidents)


def _stopped(book: Book, clock: Clock) -> list[Incident]:
    spans = ((incident, *_span(incident, clock, book)) for incident in book.incidents)
    return [incident for incident, from_us, until_us in spans if from_us != NEVER and book.holds(until_us)]


def _passed(incident: Incident, clock: Clock, book: Book) -> bool:
    from_us, until_us = _span(incident, clock, book)
    if from_us == NEVER or (until_us == NEVER and incident.restored_us != NEVER and clock != "escalation"):
        return False
    pauses = [(since_us, book.until_us if to_us == NEVER else to_us) for since_us, to_us in incident.pauses]
    due_us = book.basis.deadline_us(clock, from_us, pauses)
    return due_us is not None and book.holds(due_us) and (until_us == NEVER or until_us > due_us)


# the telephone (R2)


def calls(book: Book) -> list[tuple[int, int | None]]:
    """When each call of the period rang, and when it was answered; a call belongs where it was noted."""
    found = []
    for event in book.of("call.received"):
        rang_us, answered_us = event.data.get("rang_us"), event.data.get("answered_us")
        found.append((event.at_us if rang_us is None else rang_us, answered_us))
    return found


def call_count(book: Book) -> int:
    return len(calls(book))


def calls_late(book: Book) -> int:
    return sum(_late_call(book, rang_us, answered_us) for rang_us, answered_us in calls(book))


def _late_call(book: Book, rang_us: int, answered_us: int | None) -> bool:
    due_us = book.basis.deadline_us("phone", rang_us)
    return answered_us is None or (due_us is not None and answered_us > due_us)


def longest_answer(book: Book) -> float | None:
    times = _answers(calls(book))
    return max(times) / 1_000_000 if times else None


def _answers(rung: Iterable[tuple[int, int | None]]) -> list[int]:
    return [answered_us - rang_us for rang_us, answered_us in rung if answered_us is not None]


def escalations_due(book: Book) -> int:
    """How many incidents became 重大 in the period."""
    return sum(book.holds(incident.major_us) for incident in book.incidents)
