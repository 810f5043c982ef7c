"""The figures of one course as loops over whole numbers, compiled by numba where it is installed.

Sums and counts are those of `caixue.measures`, and every figure is one division of two whole numbers: it has the same bits.
Each function fills `out`, in the order of the names above it; what has no samples is left as it was. It gives False where a
whole number is too large for that, and then the figures are to be computed from the day record.
"""

from __future__ import annotations

import numpy as np

from caixue.day import Outcome
from twin.timing.arrays import FAR, NEVER, Numbers, Track
from twin.timing.compiling import compiled, lent
from twin.timing.courses import JOB, OCCURRED, ON_SITE, OPENED, RESTORED

SERVED, LEFT = int(Outcome.SERVED), int(Outcome.LEFT)
STOCKOUT = int(Track.STOCKOUT)
US_PER_S, US_PER_H = 1_000_000, 3_600_000_000
EXACT = 2**53  # whole numbers below are exact in a float
BINS = 1024  # of a day, to find the next arrival quickly
TUBE_BITS = 20
TUBE_MASK = (1 << TUBE_BITS) - 1
RELATIVE = 0  # a deadline so long after the start; else no earlier than a given instant

_STATISTICS = ("mean", "p50", "p90", "p95", "max")
PATIENT_FIGURES = (
    *("patient.count", "patient.served", "patient.left"),
    *(f"patient.{what}.{statistic}" for what in ("wait", "stay") for statistic in _STATISTICS),
)
QUEUE_FIGURES = ("queue.length.mean", "queue.length.max")
STAFF_FIGURES = (
    *("window.busy.share", "window.staffed.min", "window.staffed.mean"),
    *("collection.per_window_h", "throughput.per_h", "engineer.busy.share", "consumable.stockouts"),
)
INCIDENT_FIGURES = (
    "incident.count",
    *(f"incident.{what}.{statistic}" for what in ("response", "repair", "detect") for statistic in ("mean", "max")),
    "sla.breaches",
)
USABLE_FIGURES = ("window.usable", "window.usable.min", "window.usable.mean", "window.down.minutes", "window.below_eight.minutes")
TRANSPORT_FIGURES = ("specimen.transport.mean", "specimen.transport.p95")


@lent
def place(values: Numbers, first: int, last: int, rank: int) -> int:
    """Move the value of that rank (from 0) between `first` and `last` to its place, smaller ones before it; gives the value."""
    while first < last:
        middle = values[(first + last) >> 1]
        low, high = first, last
        while low <= high:
            while values[low] < middle:
                low += 1
            while middle < values[high]:
                high -= 1
            if low <= high:
                values[low], values[high] = values[high], values[low]
                low += 1
                high -= 1
        if rank <= high:
            last = high
        elif rank >= low:
            first = low
        else:
            break
    return values[rank]


@lent
def _statistics(values: Numbers, count: int, out: np.ndarray, at: int) -> bool:
    """Mean, p50, p90, p95 and max of the first `count` values, in seconds, into `out` from `at` on."""
    total, most = 0, values[0]
    for i in range(count):
        total += values[i]
        most = max(most, values[i])
    first = 0
    out[at] = total / (count * US_PER_S)
    for number, percent in enumerate((50, 90, 95)):
        rank = (percent * count + 99) // 100 - 1
        out[at + 1 + number] = place(values, first, count - 1, rank) / US_PER_S
        first = rank
    out[at + 4] = most / US_PER_S
    return -EXACT < total < EXACT


@compiled
def patients(arrived_us: Numbers, called_us: Numbers, ended_us: Numbers, outcome: Numbers, chosen: np.ndarray, out: np.ndarray) -> bool:
    """PATIENT_FIGURES of the visits for which `chosen` is true; an empty one chooses all."""
    waits, stays = np.empty(len(arrived_us), np.int64), np.empty(len(arrived_us), np.int64)
    count, served, left = 0, 0, 0
    for i in range(len(arrived_us)):
        if arrived_us[i] == NEVER or (len(chosen) and not chosen[i]):
            continue
        count += 1
        if outcome[i] == SERVED:
            waits[served], stays[served] = called_us[i] - arrived_us[i], ended_us[i] - arrived_us[i]
            served += 1
        elif outcome[i] == LEFT:
            left += 1
    out[0], out[1], out[2] = count, served, left
    if served == 0:
        return True
    exact = _statistics(waits, served, out, 3)
    return _statistics(stays, served, out, 8) and exact


@compiled
def queue(arrived_us: Numbers, called_us: Numbers, ended_us: Numbers, arrivals: int, edges: Numbers, end_us: int, out: np.ndarray) -> bool:
    """QUEUE_FIGURES, then the mean queue in each slot between `edges`; `called_us` is NEVER for who was last seen in the queue."""
    came = np.empty(len(arrived_us), np.int64)
    gone = np.empty(len(arrived_us), np.int64)
    slots, from_slot = len(edges) - 1, 0
    areas = np.zeros(slots, np.int64)
    count, sorted_ones, area = 0, 0, 0
    for i in range(len(arrived_us)):
        if i == arrivals:
            sorted_ones = count
        start = arrived_us[i]
        stop = called_us[i] if called_us[i] != NEVER else (ended_us[i] if ended_us[i] != NEVER else end_us)
        if start == NEVER or stop <= start:
            continue
        came[count], gone[count] = start, stop
        count += 1
        area += min(stop, end_us) - start
        while from_slot + 1 < slots and edges[from_slot + 1] <= start:
            from_slot += 1
        while from_slot > 0 and edges[from_slot] > start:
            from_slot -= 1
        slot = from_slot
        while slot < slots and edges[slot] < stop:
            areas[slot] += max(0, min(stop, edges[slot + 1]) - max(start, edges[slot]))
            slot += 1
    if len(arrived_us) > arrivals:
        _merge(came, sorted_ones, count)
    if end_us > 0:
        out[0] = area / end_us
        out[1] = _longest(came, gone, count, end_us)
    for slot in range(slots):
        out[2 + slot] = areas[slot] / (edges[slot + 1] - edges[slot])
    return area < EXACT


@compiled
def _merge(values: Numbers, middle: int, count: int) -> None:
    """Sort the first `count` values, of which those before `middle` are sorted."""
    if middle == count:
        return
    later = values[middle:count].copy()
    later.sort()
    i, j, at = middle - 1, count - middle - 1, count - 1
    while j >= 0:
        if i >= 0 and values[i] > later[j]:
            values[at] = values[i]
            i -= 1
        else:
            values[at] = later[j]
            j -= 1
        at -= 1


@compiled
def _longest(came: Numbers, gone: Numbers, count: int, end_us: int) -> int:
    """How many of the spans that begin at `came` (sorted) and end at `gone` hold at most at one time."""
    shift = 0
    while (end_us >> shift) >= BINS:
        shift += 1
    next_in = np.empty(BINS + 1, np.int64)  # by bin: the first arrival in it or later
    at = 0
    for bin_ in range(BINS + 1):
        while at < count and came[at] < bin_ << shift:
            at += 1
        next_in[bin_] = at
    leave = np.zeros(count + 1, np.int64)  # before or at that arrival, and after the one before it
    for i in range(count):
        at = next_in[min(gone[i] >> shift, BINS)]
        while at < count and came[at] < gone[i]:
            at += 1
        leave[at] += 1
    level, most = 0, 0
    for i in range(count):
        level += 1 - leave[i]
        if level > most and (i + 1 == count or came[i + 1] > came[i]):
            most = level
    return most


@compiled
def staff(
    shown: Numbers,
    called_us: Numbers,
    ended_us: Numbers,
    window: Numbers,
    outcome: Numbers,
    jobs: Numbers,
    log: Numbers,
    opening: Numbers,
    positions: int,
    engineers: int,
    end_us: int,
    out: np.ndarray,
) -> bool:
    """STAFF_FIGURES; `shown` are the rows of `twin.timing.courses.shown`: when a position begins or ends to be open with a nurse."""
    rows = len(shown)
    first = np.zeros(positions + 1, np.int64)
    for row in range(rows):
        first[shown[row, 1] + 1] += 1
    for p in range(positions):
        first[p + 1] += first[p]
    at_us, before_us = np.empty(rows, np.int64), np.empty(rows, np.int64)  # by position: changes, and how long it was staffed until then
    fill, staffed_us, since = first.copy(), np.zeros(positions, np.int64), np.zeros(positions, np.int64)
    for row in range(rows):
        now, p, begins = shown[row, 0], shown[row, 1], shown[row, 2]
        if begins:
            since[p] = now
        else:
            staffed_us[p] += now - since[p]
        at_us[fill[p]] = now
        before_us[fill[p]] = staffed_us[p]
        fill[p] += 1
    total_us = 0
    for p in range(positions):
        total_us += staffed_us[p]

    here, busy_us, served, last_us = first[:-1].copy(), 0, 0, 0
    for i in range(len(called_us)):
        if outcome[i] == SERVED:
            served += 1
            last_us = max(last_us, ended_us[i])
        if called_us[i] == NEVER:
            continue
        p = window[i]
        k = here[p]
        k = _last_until(at_us, first[p], fill[p], k, called_us[i])
        busy_us -= _staffed_until(at_us, before_us, first[p], fill[p], k, called_us[i])
        stop_us = ended_us[i] if ended_us[i] != NEVER else end_us
        k = _last_until(at_us, first[p], fill[p], k, stop_us)
        busy_us += _staffed_until(at_us, before_us, first[p], fill[p], k, stop_us)
        here[p] = k
    if total_us > 0:
        out[0] = busy_us / total_us
        out[3] = served * US_PER_H / total_us

    open_us = 0
    for row in range(len(opening)):
        open_us += opening[row, 1] - opening[row, 0]
    if open_us > 0:
        least, area = _levels(shown, opening)
        out[1], out[2] = least, area / open_us
        if served == 0:
            out[4] = 0.0
        elif last_us > opening[0, 0]:
            out[4] = served * US_PER_H / (last_us - opening[0, 0])
        hours_us, working_us = open_us * engineers, 0
        for row in range(len(jobs)):
            for span in range(len(opening)):
                length_us = min(min(jobs[row, 2], end_us), opening[span, 1]) - max(jobs[row, 1], opening[span, 0])
                working_us += max(0, length_us)
        out[5] = working_us / hours_us
    stockouts = 0
    for row in range(len(log)):
        stockouts += log[row, 2] == STOCKOUT
    out[6] = stockouts
    return max(total_us, served * US_PER_H, open_us * engineers) < EXACT


@lent
def _last_until(at_us: Numbers, first: int, end: int, k: int, now: int) -> int:
    """The last change of a position at `now` or before, looked for from number `k` on; `first` where there is none."""
    while k + 1 < end and at_us[k + 1] <= now:
        k += 1
    while k > first and at_us[k] > now:
        k -= 1
    return k


@lent
def _staffed_until(at_us: Numbers, before_us: Numbers, first: int, end: int, k: int, now: int) -> int:
    """How long a position was staffed until `now`, its last change being number `k`: the first begins, the second ends, and so on."""
    if k >= end or at_us[k] > now:
        return 0
    return before_us[k] + (now - at_us[k] if (k - first) % 2 == 0 else 0)


@lent
def _levels(shown: Numbers, opening: Numbers) -> tuple[int, int]:
    """The least number of staffed windows in the opening, and the sum of them over time."""
    least, area, row, level = FAR, 0, 0, 0
    for span in range(len(opening)):
        now, until = opening[span, 0], opening[span, 1]
        while now < until:
            while row < len(shown) and shown[row, 0] <= now:
                level += 1 if shown[row, 2] else -1
                row += 1
            following = min(until, shown[row, 0]) if row < len(shown) else until
            least = min(least, level)
            area += level * (following - now)
            now = following
    return least, area


@compiled
def incidents(
    rows: Numbers, chosen: np.ndarray, of_class: Numbers, deadline_kind: Numbers, deadline_us: Numbers, end_us: int, out: np.ndarray
) -> bool:
    """INCIDENT_FIGURES of those incidents whose job is `chosen`; an empty one chooses all.

    The deadline of a class is `deadline_us` after the start where its kind is RELATIVE, else at that instant or later.
    """
    count, responses, breaches = 0, 0, 0
    sums, most = np.zeros(3, np.int64), np.full(3, NEVER, np.int64)
    exact = True
    for row in range(len(rows)):
        job, start = rows[row, JOB], rows[row, OPENED]
        if len(chosen) and not chosen[job]:
            continue
        count += 1
        stop = rows[row, RESTORED] if rows[row, RESTORED] != NEVER else end_us
        if rows[row, ON_SITE] != NEVER or rows[row, RESTORED] == NEVER:
            us = max(0, rows[row, ON_SITE] - start) if rows[row, ON_SITE] != NEVER else end_us - start
            responses += 1
            sums[0] += us
            most[0] = max(most[0], us)
        sums[1] += stop - start
        most[1] = max(most[1], stop - start)
        sums[2] += start - rows[row, OCCURRED]
        most[2] = max(most[2], start - rows[row, OCCURRED])
        kind = of_class[job]
        if deadline_kind[kind] == RELATIVE:
            breaches += start + deadline_us[kind] < stop
        elif deadline_us[kind] < stop:
            exact = False  # the calendar decides
    out[0] = count
    out[7] = breaches
    for which in range(3):
        samples = responses if which == 0 else count
        if samples:
            out[1 + 2 * which] = sums[which] / (samples * US_PER_S)
            out[2 + 2 * which] = most[which] / US_PER_S
        exact = exact and sums[which] < EXACT
    return exact


@compiled
def usable(
    blocked: Numbers,
    rows: Numbers,
    of_class: Numbers,
    deadline_kind: Numbers,
    deadline_us: Numbers,
    windows: int,
    opening: Numbers,
    within_us: int,
    required: int,
    end_us: int,
    out: np.ndarray,
) -> bool:
    """USABLE_FIGURES; `blocked` are spans (position, start, end) of windows alone, those of one position in order and apart."""
    most = 2 * (len(blocked) + len(rows)) + 1
    at_us, change = np.empty(most, np.int64), np.zeros((most, 2), np.int64)
    edges, lost_now, exact = 0, 0, True
    for row in range(len(blocked)):
        start, stop = blocked[row, 1], blocked[row, 2]
        long = stop - start > within_us
        lost_now += long and stop >= end_us
        if long or stop >= end_us:
            edges = _edge(at_us, change, edges, start, -1, 0)
            edges = _edge(at_us, change, edges, stop, 1, 0)
    for row in range(len(rows)):
        start, stop = rows[row, OPENED], rows[row, RESTORED] if rows[row, RESTORED] != NEVER else end_us
        kind = of_class[rows[row, JOB]]
        if deadline_kind[kind] == RELATIVE:
            stop = min(stop, start + deadline_us[kind])
        elif deadline_us[kind] < stop:
            exact = False
        if start < stop:
            edges = _edge(at_us, change, edges, start, 0, 1)
            edges = _edge(at_us, change, edges, stop, 0, -1)
    if windows:
        out[0] = windows - lost_now
    least, area, down_us, below_us, open_us, edge, level, clocks = FAR, 0, 0, 0, 0, 0, windows, 0
    for span in range(len(opening)):
        now, until = opening[span, 0], opening[span, 1]
        open_us += until - now
        while now < until:
            while edge < edges and at_us[edge] <= now:
                level += change[edge, 0]
                clocks += change[edge, 1]
                edge += 1
            following = min(until, at_us[edge]) if edge < edges else until
            least = min(least, level)
            area += level * (following - now)
            down_us += (windows - level) * (following - now)
            if clocks == 0 and level < required:
                below_us += following - now
            now = following
    if open_us:
        out[1], out[2], out[3], out[4] = least, area / open_us, down_us / US_PER_S, below_us / US_PER_S
    return exact and area < EXACT


@compiled
def _edge(at_us: Numbers, change: Numbers, edges: int, now: int, level: int, clocks: int) -> int:
    """Put a change into the sorted list; gives how many there are."""
    at = edges
    while at > 0 and at_us[at - 1] > now:
        at_us[at] = at_us[at - 1]
        change[at] = change[at - 1]
        at -= 1
    at_us[at] = now
    change[at, 0], change[at, 1] = level, clocks
    return edges + 1


@compiled
def transport(ended_us: Numbers, received_us: Numbers, outcome: Numbers, tubes: Numbers, out: np.ndarray) -> bool:
    """TRANSPORT_FIGURES, one sample for each tube that has arrived."""
    samples = np.empty(len(ended_us), np.int64)  # of a visit: the time, below it how many tubes
    count, total, weight = 0, 0, 0
    for i in range(len(ended_us)):
        if outcome[i] == SERVED and received_us[i] != NEVER and tubes[i] > 0:
            took_us = received_us[i] - ended_us[i]
            samples[count] = (took_us << TUBE_BITS) | tubes[i]
            count += 1
            total += took_us * tubes[i]
            weight += tubes[i]
    if weight:
        out[0] = total / (weight * US_PER_S)
        out[1] = _place_of_tube(samples, count, (95 * weight + 99) // 100) / US_PER_S
    return total < EXACT


@lent
def _place_of_tube(samples: Numbers, count: int, number: int) -> int:
    """The time of the tube with that number (from 1) in the order of time."""
    first, last = 0, count - 1
    while first < last:
        middle = (first + last) >> 1
        place(samples, first, last, middle)
        tubes = 0
        for i in range(first, middle + 1):
            tubes += samples[i] & TUBE_MASK
        if number <= tubes:
            last = middle
        else:
            first = middle + 1
            number -= tubes
    return samples[first] >> TUBE_BITS
