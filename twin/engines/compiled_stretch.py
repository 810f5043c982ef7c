"""A stretch of a day on which nothing but patients and the belt moves: one step a patient instead of four events.

Until something else is due, a patient's course is known from the call on: when the draw begins, and when the window is free again.
So the windows become free in order of (time, position), each takes the next of the queue, and the belt is told afterwards.
A stretch ends before whatever is not as simple as that, and leaves everything as the events up to there would have left it.
The numbers in comments are those of the rules in docs/timing.md.
"""

from __future__ import annotations

from caixue.day import Outcome
from twin.engines.compiled_parts import (
    APPROACH,
    BLOCKS,
    BRINGS,
    DRAW,
    DRAWS,
    FIRST_OVER,
    FREE,
    FREES,
    FULL,
    HELD,
    IN_TRAY,
    NO_REFILL,
    OPENED,
    PATIENT,
    PHASE,
    POSITION_BITS,
    PREPARE,
    PREPARED,
    READY,
    REFILL,
    REFILLED,
    REFILLS_OUT,
    SLOT_NEVER,
    SLOW,
    STAFFED,
    TIMER,
    USABLE,
    ask,
    drawn_refill,
    lacks,
    note,
)
from twin.timing.arrays import LOW, NEVER, Numbers, Track, Workload
from twin.timing.compiling import lent, unsigned

SERVED, LEFT = int(Outcome.SERVED), int(Outcome.LEFT)
T_STAFFED = int(Track.STAFFED)
WAITING = int(Outcome.WAITING)


@lent
def stretch(
    w: Workload,
    table: Numbers,
    at: Numbers,
    level: Numbers,
    first: Numbers,
    behind: Numbers,
    line: Numbers,
    log: Numbers,
    job: Numbers,
    jobs: Numbers,
    engineer: Numbers,
    clock: Numbers,
    until: int,
    spare: int,
    lost: int,
    slow_all: int,
    fills: bool,
    now: int,
    next_arrival: int,
    line_first: int,
    line_last: int,
    loading: int,
    loaded: int,
    logged: int,
) -> tuple[int, int, int, int, int, int, int, int, int, int]:
    """What happens before `until`, or before something less simple; `spare` nurses are free, and `fills` says whether a tray can ever be full.

    Gives how many were called and how many went, then `spare`, `now` and what follows it, as they are afterwards.
    """
    arrived_us, called_us, drawn_us, ended_us, window, outcome = table[0], table[1], table[2], table[3], table[5], table[7]
    patient, in_tray, staffed, usable = at[PATIENT], at[IN_TRAY], at[STAFFED], at[USABLE]
    prepared, draws, frees, brings, fallback = at[PREPARED], at[DRAWS], at[FREES], at[BRINGS], w.fallback
    positions, top, bare = len(fallback), first.shape[1] - 1, w.resumes != 0
    need, low, slots = w.need, w.low, w.need.shape[1]
    called, gone, idle = 0, 0, 0  # idle: how many usable positions have no patient

    for p in range(positions):
        usable[p] = at[OPENED, p] == 1 and at[BLOCKS, p] == 0 and (fallback[p] == 0 or lost > 0)
        idle += usable[p] and patient[p] == NEVER
        if at[FULL, p] or (patient[p] == NEVER and staffed[p] != (usable[p] and idle <= spare)):
            return called, gone, spare, now, next_arrival, line_first, line_last, loading, loaded, logged
    for p in range(positions):  # what becomes of those who are there is written now; at the end, what has not come yet is forgotten
        i, over = patient[p], at[TIMER, p] >> POSITION_BITS
        frees[p] = over
        if i == NEVER:
            continue
        leaves = not bare and w.abandons[i] != 0
        prepared[p] = over if at[PHASE, p] == PREPARE else NEVER
        draws[p] = max(over, called_us[i] + w.approach_us) if at[PHASE, p] == PREPARE else over if at[PHASE, p] == APPROACH else NEVER
        if draws[p] != NEVER:
            frees[p] = draws[p] + (0 if leaves else w.draw_us[fallback[p], i])
            drawn_us[i] = NEVER if leaves else draws[p]
        brings[p] = 0 if bare or leaves else w.tubes[i]
        ended_us[i], outcome[i] = frees[p], LEFT if leaves else SERVED
    ready = min(spare, idle)  # the lowest of the idle ones have the nurses; while there is such a one, nobody waits

    while True:
        # whoever is through; or comes before that, and need not wait
        when, place = SLOT_NEVER, 0
        for other in range(positions):
            if frees[other] < when:
                when, place = frees[other], other
        p, i, rung = unsigned(place), unsigned(0), 0
        comes = SLOT_NEVER
        if ready > 0:
            next_one = first[0, 0]
            for other in range(1, top + 1):
                if first[0, other] < next_one:
                    next_one, rung = first[0, other], other
            comes = arrived_us[next_one]
        if comes < when:
            when, i, q = comes, unsigned(next_one), unsigned(0)
            if when >= until:
                break
            while patient[q] != NEVER or usable[q] == 0:
                q = unsigned(q + 1)
            if not bare and lacks(level, q, need, i):
                break
            next_arrival = next_one + 1
        else:
            if when >= until or usable[p] == 0:
                break
            if fills and in_tray[p] + brings[p] >= w.tray:
                now, line_first, loading, loaded = carry(w, table, in_tray, fills, line, when, now, line_first, line_last, loading, loaded)
                if in_tray[p] + brings[p] >= w.tray:
                    break
            q = p if idle == ready else _sent_to(usable, patient, p, ready)  # (15)
            waits = False
            if ready == 0:
                for rung in range(top, -1, -1):
                    i = unsigned(first[0, rung])
                    waits = i < next_arrival or arrived_us[i] < when
                    if waits:
                        break
            if waits and not bare and lacks(level, q, need, i):
                break
            if brings[p] > 0:  # (23)
                line[unsigned(line_last)] = patient[p]
                line_last += 1
                if fills:
                    in_tray[p] += brings[p]
            gone += 1
            patient[p], frees[p] = NEVER, SLOT_NEVER
            if q != p:
                staffed[q], staffed[p] = 1, 0
                logged = note(log, logged, when, q, T_STAFFED, 1)
                logged = note(log, logged, when, p, T_STAFFED, 0)
            idle, ready, spare, now = idle + 1, ready + 1, spare + 1, when
            if not waits:
                continue

        # call (10) and begin (11)
        now = when
        first[0, rung] = behind[i]
        called_us[i], window[i], patient[q], outcome[i] = now, q, i, SERVED
        called += 1
        idle, ready, spare = idle - 1, ready - 1, spare - 1
        f = unsigned(fallback[q])
        if bare:
            drawn_us[i], prepared[q], draws[q], frees[q] = now, NEVER, NEVER, now + w.draw_us[f, i]
            ended_us[i] = frees[q]
            continue
        prepared[q] = now + w.prepare_us[f, i] + at[SLOW, q] + (0 if f else slow_all)
        draws[q] = max(prepared[q], now + w.approach_us)
        if w.abandons[i]:
            ended_us[i], outcome[i], brings[q] = draws[q], LEFT, 0
        else:
            drawn_us[i], ended_us[i], brings[q] = draws[q], draws[q] + w.draw_us[f, i], w.tubes[i]
        frees[q] = ended_us[i]
        runs_low = False  # as `take_out`, which called here costs a sixth of a day
        for slot in range(slots):
            level[q, slot] -= need[i, slot]
            runs_low |= level[q, slot] <= low[q, slot]
        if runs_low and at[REFILL, q] == NO_REFILL:
            at[REFILL, q] = 1
            ask(len(w.cause_kind) + q, LOW, drawn_refill(w.refill_us, q, at[REFILLED, q]), now, job, jobs, engineer, clock)
            at[REFILLED, q] += 1
            until = min(until, clock[FIRST_OVER])
            if clock[REFILLS_OUT]:
                break

    stop = min(when, until)
    now, line_first, loading, loaded = carry(w, table, in_tray, fills, line, stop, now, line_first, line_last, loading, loaded)
    while next_arrival < w.arrivals and arrived_us[next_arrival] < stop:
        next_arrival += 1
    for p in range(positions):
        i = patient[p]
        at[HELD, p], at[READY, p], at[PHASE, p], over = i != NEVER, i == NEVER and staffed[p] == 1, FREE, frees[p]
        if i != NEVER:
            ended_us[i], outcome[i], at[PHASE, p] = NEVER, WAITING, DRAW
            if draws[p] >= stop:
                drawn_us[i], at[PHASE, p], over = NEVER, APPROACH, draws[p]
            if prepared[p] >= stop:
                at[PHASE, p], over = PREPARE, prepared[p]
        at[TIMER, p] = (over << POSITION_BITS) | p
    return called, gone, spare, now, next_arrival, line_first, line_last, loading, loaded, logged


@lent
def _sent_to(usable: Numbers, patient: Numbers, p: int, ready: int) -> int:
    """Where the nurse of position `p` goes: the lowest usable one without a nurse and a patient, `ready` having one; or nowhere else."""
    before = 0
    for other in range(p):
        if usable[other] and patient[other] == NEVER:
            if before == ready:
                return unsigned(other)
            before += 1
    return p


@lent
def carry(
    w: Workload,
    table: Numbers,
    in_tray: Numbers,
    fills: bool,
    line: Numbers,
    until: int,
    now: int,
    line_first: int,
    line_last: int,
    loading: int,
    loaded: int,
) -> tuple[int, int, int, int]:
    """What the belt, which runs, has loaded before `until` (23). Gives the last instant, and how it goes on from there."""
    ended_us, received_us, window, belt_us, way_us, tubes = table[3], table[4], table[5], w.belt_us, w.way_us, w.tubes
    before = NEVER
    while True:
        if loading == NEVER:
            if line_first == line_last:
                loaded = SLOT_NEVER
                break
            loading = line[unsigned(line_first)]
            line_first += 1
            i = unsigned(loading)
            loaded = max(before, ended_us[i]) + belt_us[i]
        if loaded >= until:
            break
        i = unsigned(loading)
        received_us[i] = loaded + way_us[i]
        if fills:
            in_tray[window[i]] -= tubes[i]
        before, loading = loaded, NEVER
    return max(now, before), line_first, loading, loaded
