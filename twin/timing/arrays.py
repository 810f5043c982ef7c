"""What a timing engine reads and what it leaves: one day as numpy arrays. The rules between the two are in docs/timing.md.

All times are int64 microseconds after the start. Every draw belongs to a visit, or to a (cause, k): never to an order of use.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

NEVER = -1
FAR = 2**62  # later than anything: an event that does not come
EVERYWHERE = -1  # a cause that concerns all positions but the one to fall back on
ANYONE = -1  # a visit that any position may serve
LATEST_US = 2**40  # times must stay below: about twelve days
MOST_VISITS = 2**19
MOST_PRIORITY = 9


class What(IntEnum):
    """What a row of the calendar does; at one instant in this order."""

    OPEN = 3
    CLOSE = 4
    NURSES = 5  # so many nurses are there from now on
    ENGINEERS = 6  # so many engineers


class Cause(IntEnum):
    """What happens while a cause lasts."""

    STOP = 0  # the position is out of service
    BELT = 1  # the belt stands
    SLOW = 2  # preparation takes longer


class Jam(IntEnum):
    """Whether the first preparation for a visit is stopped by a jam, and who clears it."""

    NONE = 0
    NURSE = 1
    ENGINEER = 2  # after the nurse has tried


class Track(IntEnum):
    """What a row of the course's log tells of a position."""

    OPEN = 0
    STAFFED = 1
    BLOCKED = 2
    STOCKOUT = 3  # somebody could not be called there for want of supplies


class Status(IntEnum):
    """How an engine ended; the last two say that the workload holds too few draws, and nothing else of the course counts."""

    DONE = 0
    UNFINISHED = 1  # broken off at `end_us` with people still in the room
    REFILLS_DRAWN = 2  # more refills of a position than were drawn
    CAUSES_DRAWN = 3  # a cause came more often than was drawn


class Workload(NamedTuple):
    """One day drawn beforehand: V visits, P positions, S slots of supplies a position, B causes, K draws a cause."""

    load_us: int  # until when the day goes on in any case
    end_us: int  # when it is broken off, whoever is still there
    resumes: int  # 1: bare positions; a visit is one service, can be broken off at any time and goes on where it stopped
    approach_us: int  # the draw begins so long after the call at the earliest

    # visits: the first `arrivals` come by themselves, in order of time; the others come back after an earlier visit
    arrivals: int
    arrived_us: Numbers  # V; NEVER for those who come back
    priority: Numbers  # V, 0 to 9; higher goes first
    lane: Numbers  # V; the position that alone serves them while it is usable, or ANYONE
    nurses: Numbers  # V, at least 1
    patience_us: Numbers  # V; how long they wait, or NEVER: as long as it takes. Nobody who comes back has any
    prepare_us: Numbers  # 2 × V: at a window, at a position to fall back on
    draw_us: Numbers  # 2 × V: the draw alone; on bare positions the whole visit
    jam: Numbers  # V, of Jam
    jam_at_us: Numbers  # V; how far into the preparation
    jam_nurse_us: Numbers  # V; how long the nurse works on it
    jam_engineer_us: Numbers  # V; how long the engineer, with the way there
    abandons: Numbers  # V; 1: gone when the draw should begin
    missed_us: Numbers  # V; how long the first call waits in vain, or NEVER: they come at once
    missed_back_us: Numbers  # V; how long after that they are back in the queue
    again: Numbers  # V; the visit for which they come back, or NEVER
    again_us: Numbers  # V; when a visit of that kind begins, after the end of the person's first one
    tubes: Numbers  # V
    need: Numbers  # V × S; what the preparation takes out of each slot
    belt_us: Numbers  # V; how long the belt takes to load the tubes
    way_us: Numbers  # V; from the belt to the laboratory

    # positions
    fallback: Numbers  # P; 1: opens only while a window is blocked
    level: Numbers  # P × S, at the start
    capacity: Numbers  # P × S
    low: Numbers  # P × S; the engineer is asked to refill at this level
    refill_us: Numbers  # P × R; the k-th refill of a position takes so long, with the way there
    tray: int  # tubes; a window whose tray holds so many calls nobody

    # the calendar, sorted by (calendar_us, calendar_what, calendar_who)
    calendar_us: Numbers
    calendar_what: Numbers  # of What
    calendar_who: Numbers  # the position; 0 for nurses and engineers
    calendar_value: Numbers  # how many nurses or engineers

    # causes of trouble, sorted by position
    cause_kind: Numbers  # B, of Cause
    cause_at: Numbers  # B; the position, or EVERYWHERE
    cause_slow_us: Numbers  # B; so much longer does a preparation take that begins meanwhile
    cause_urgency: Numbers  # B; the smaller, the sooner the engineer comes
    cause_call_us: Numbers  # B; from the stop until the engineer is called
    cause_itself: Numbers  # B; 1: it ends by itself
    up_us: Numbers  # B × K; from the end of one to the next, the first from the start; FAR: no more
    down_us: Numbers  # B × K; how long the repair takes, with the way there; or how long it lasts by itself


class Course(NamedTuple):
    """What happened on that day; V, P, B and K as in its Workload. NEVER stands where something did not happen."""

    arrived_us: Numbers  # V
    called_us: Numbers  # V; the last call
    drawn_us: Numbers  # V; when the draw began, the last time
    ended_us: Numbers  # V; served or left
    received_us: Numbers  # V; at the laboratory
    window: Numbers  # V; the position of the last call
    bumps: Numbers  # V; how often they were sent back to the queue
    outcome: Numbers  # V; of caixue.day.Outcome
    stopped_us: Numbers  # B × K; when the k-th trouble of a cause began to be felt
    restored_us: Numbers  # B × K
    log: Numbers  # rows of (when, position, Track, 1 or 0), in the order in which they happened
    jobs: Numbers  # rows of (requested, begun, over, engineer, job), in the order in which they were begun
    end_us: int
    status: int  # of Status


def urgency_of_refill(*, empty: bool) -> int:
    """How soon the engineer comes to refill: what is empty stops a window, what is low does not yet."""
    return URGENT if empty else LOW


URGENT = 1
LOW = 5
