"""The same morning as a plain Python loop over heapq: what CPython alone can do without a simulation library."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from twin.peers.shop import Morning

REPAIRED, SERVED, BREAKS, ARRIVES, LABELLED = 0, 1, 2, 7, 9  # the ranks of docs/timing.md


def run(day: Morning) -> tuple[int, int]:
    """The sum of all waits and the end of the last label, in microseconds."""
    arrived, service, label, up, repair = (each.tolist() for each in day)
    calendar = [(arrived[0], ARRIVES, 0)] if arrived else []
    number = [0] * len(up)
    for window, times in enumerate(up):
        heappush(calendar, (times[0], BREAKS, window))
    patient, broken = [-1] * len(up), [False] * len(up)
    ready = list(range(len(up)))
    line: deque[int] = deque()
    calls: deque[int] = deque()
    on = False
    waited_us, come, next_patient, left, now = 0, 0, 0, len(arrived), 0
    while left:
        now, rank, key = heappop(calendar)
        if rank == SERVED:
            if on:
                line.append(patient[key])
            else:
                on = True
                heappush(calendar, (now + label[patient[key]], LABELLED, 0))
            patient[key] = -1
            if not broken[key]:
                heappush(ready, key)
        elif rank == ARRIVES:
            come += 1
            if come < len(arrived):
                heappush(calendar, (arrived[come], ARRIVES, 0))
        elif rank == LABELLED:
            left -= 1
            on = bool(line)
            if on:
                heappush(calendar, (now + label[line.popleft()], LABELLED, 0))
        elif rank == BREAKS:
            broken[key] = True
            if key in ready:
                ready.remove(key)
                ready.sort()
            calls.append(key)
            if len(calls) == 1:
                heappush(calendar, (now + repair[key][number[key]], REPAIRED, key))
        else:
            calls.popleft()
            broken[key] = False
            number[key] += 1
            heappush(calendar, (now + up[key][number[key]], BREAKS, key))
            if patient[key] < 0:
                heappush(ready, key)
            if calls:
                heappush(calendar, (now + repair[calls[0]][number[calls[0]]], REPAIRED, calls[0]))
        while ready and next_patient < come:
            window = heappop(ready)
            patient[window] = next_patient
            waited_us += now - arrived[next_patient]
            heappush(calendar, (now + service[next_patient], SERVED, window))
            next_patient += 1
    return waited_us, now
