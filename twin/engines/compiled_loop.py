"""The day as one loop over the events of docs/timing.md; the numbers in comments are those of its rules.

Where nothing but patients and the belt moves, `stretch` takes the day on; here is everything else.
"""

from __future__ import annotations

from caixue.day import Outcome
from twin.engines.compiled_parts import (
    APPROACH,
    ASKED,
    ASSISTED,
    BLOCKS,
    DRAW,
    EMPTY,
    ENGINEER,
    FIRST_OVER,
    FREE,
    FULL,
    HELD,
    IN_TRAY,
    MISSED,
    NEVER_ASKED,
    NO_REFILL,
    NO_VISIT,
    ON_DUTY,
    OPENED,
    OVER,
    PATIENT,
    PHASE,
    POSITION_BITS,
    POSITION_MASK,
    PREPARE,
    READY,
    REFILL,
    REFILLED,
    REFILLS_OUT,
    SLOT_NEVER,
    SLOW,
    SOON,
    STAFFED,
    TIMER,
    TRYING,
    VISIT_BITS,
    Own,
    ask,
    begin_waiting,
    drawn_refill,
    first_job_over,
    free_engineer,
    lacks,
    note,
    pop,
    push,
    take_out,
)
from twin.engines.compiled_stretch import stretch
from twin.timing.arrays import (
    ANYONE,
    EVERYWHERE,
    FAR,
    LOW,
    NEVER,
    URGENT,
    Cause,
    Jam,
    Status,
    Track,
    What,
    Workload,
)
from twin.timing.compiling import lent, unsigned

OPEN, CLOSE, NURSES, ENGINEERS = (int(one) for one in What)
STOP, BELT = int(Cause.STOP), int(Cause.BELT)
BY_NURSE, BY_ENGINEER = int(Jam.NURSE), int(Jam.ENGINEER)
T_OPEN, T_STAFFED, T_BLOCKED, T_STOCKOUT = (int(one) for one in Track)
SERVED, LEFT = int(Outcome.SERVED), int(Outcome.LEFT)
DONE, UNFINISHED, REFILLS_DRAWN, CAUSES_DRAWN = (int(one) for one in Status)

RANK_BITS = 4  # below a time, where the first of several is looked for
RANK_MASK = (1 << RANK_BITS) - 1
VISIT_MASK = (1 << VISIT_BITS) - 1
LAST_PLACE = (1 << 63) - 1  # behind every place in the queue
TIME_BITS = 59  # of a place in the queue, above it the priority
TOP_PRIORITY = 9

# what has to be settled after a change: first dispatch, then staff
NOTHING, DISPATCH, STAFF, DISPATCH_THEN_STAFF = range(4)
# what goes on once it is settled
NO_MORE, STOP_NEXT, SEND_BACK, CALL_ENGINEER, FREE_NEXT, JAMMED_NEXT, UNBLOCK_NEXT, JOB_OVER = range(8)


@lent
def live(w: Workload, own: Own, rare: bool | None, fills: bool) -> tuple[int, int, int]:
    """The day from the first event to the last: when that was, the status, and how many rows the log would have.

    `rare` is None where no visit has anything rare; `fills` says whether all the day's tubes could fill a tray.
    """
    table, troubles, at, level, log, jobs, job, engineer, clock = (
        own.table, own.troubles, own.at, own.level, own.log, own.jobs, own.job, own.engineer, own.clock,
    )  # fmt: skip
    arrived_us, called_us, drawn_us, ended_us, received_us, window, bumps, outcome = (
        table[0], table[1], table[2], table[3], table[4], table[5], table[6], table[7],
    )  # fmt: skip
    stopped_us, restored_us = troubles[0], troubles[1]
    phase, timer, patient, held, opened, staffed, ready = at[PHASE], at[TIMER], at[PATIENT], at[HELD], at[OPENED], at[STAFFED], at[READY]
    blocks, empty, full, in_tray, refill, refilled, slow = (
        at[BLOCKS], at[EMPTY], at[FULL], at[IN_TRAY], at[REFILL], at[REFILLED], at[SLOW],
    )  # fmt: skip
    queued, missed, jammed, left_us, first_over = own.queued, own.missed, own.jammed, own.left_us, own.first_over
    first, behind, queue, queue_size, later, impatient, line = (
        own.first, own.behind, own.queue, own.queue_size, own.later, own.impatient, own.line,
    )  # fmt: skip
    cause_due, cause_number, calling = own.cause_due, own.cause_number, own.calling
    positions, causes, lanes, top, draws = len(w.fallback), len(w.cause_kind), len(first), first.shape[1] - 1, w.up_us.shape[1]

    slow_all, lost, holding, on_duty, assisting = 0, 0, 0, 0, NEVER
    readies, waiting = 0, 0  # how many positions are ready, how many visits wait
    at_windows, stale = 0, True  # positions with a patient; whether opening, blocks or nurses have changed since the last look at the staff
    line_first, line_last, loading, loaded, belt_stops, later_size = 0, 0, NEVER, SLOT_NEVER, 0, 0
    cause_first = SLOT_NEVER
    for b in range(causes):
        cause_first = min(cause_first, cause_due[b])
    rows = len(w.calendar_us)
    next_arrival, next_row, next_nurses, next_hasty = 0, 0, 0, 0
    calendar_next = w.calendar_us[0] if rows else SLOT_NEVER
    arrives = w.arrived_us[0] << VISIT_BITS if w.arrivals else NO_VISIT
    nurses_next = calendar_next
    remaining = w.arrivals
    look, first_timer = True, 0
    logged, now, status, causes_out = 0, -1, DONE, False

    while True:
        # until something else is due, a step a patient; not while somebody sent back waits, nurses are short of those held, or the belt stands
        if rare is None and queue_size[0] == 0 and on_duty >= holding and belt_stops == 0:
            until = min(min(clock[FIRST_OVER], cause_first), min(calendar_next, w.end_us + 1))
            before = next_arrival
            called, gone, spare, now, next_arrival, line_first, line_last, loading, loaded, logged = stretch(
                w, table, at, level, first, behind, line, log, job, jobs, engineer, clock, until, on_duty - holding,
                lost, slow_all, fills, now, next_arrival, line_first, line_last, loading, loaded, logged,
            )  # fmt: skip
            if clock[REFILLS_OUT]:
                break
            holding = at_windows = on_duty - spare
            waiting += next_arrival - before - called
            remaining -= gone
            arrives = (w.arrived_us[next_arrival] << VISIT_BITS) | next_arrival if next_arrival < w.arrivals else NO_VISIT
            readies, stale, look = 0, True, True
            for p in range(positions):
                readies += ready[p]

        # the next event, by time and rank
        if look:
            look, first_timer = False, SLOT_NEVER << POSITION_BITS
            for p in range(positions):
                first_timer = min(first_timer, timer[p])
        comes = arrives if rare is None else min(arrives, later[0])
        due = min(clock[FIRST_OVER] << RANK_BITS, ((first_timer >> POSITION_BITS) << RANK_BITS) | 1)
        due = min(due, (cause_first << RANK_BITS) | 2)
        due = min(due, (calendar_next << RANK_BITS) | 3)
        due = min(due, ((comes >> VISIT_BITS) << RANK_BITS) | 7)
        if rare is not None:
            due = min(due, ((impatient[next_hasty] >> VISIT_BITS) << RANK_BITS) | 8)
        due = min(due, (loaded << RANK_BITS) | 9)
        rank = due & RANK_MASK
        due = due >> RANK_BITS

        # the end (24)
        through = remaining == 0 and line_first == line_last and loading == NEVER
        if through and due > w.load_us:
            status, now = DONE, max(w.load_us, now)
            break
        if due > w.end_us:
            status, now = (DONE if through else UNFINISHED), w.end_us
            break
        now = due
        while nurses_next <= now:  # (18)
            if w.calendar_what[next_nurses] == NURSES:
                on_duty, stale = w.calendar_value[next_nurses], True
            next_nurses += 1
            nurses_next = w.calendar_us[next_nurses] if next_nurses < rows else SLOT_NEVER

        # the event itself: what it changes, what must be settled, what goes on then
        settle, then, p, b, over, did, enters = NOTHING, NO_MORE, 0, 0, NEVER, NEVER, NEVER
        last = positions  # of positions that go on, the one behind the last
        if rank == 0:
            over = first_job_over(job, clock)
            did = job[ENGINEER, over]
            job[OVER, over], job[ENGINEER, over] = SLOT_NEVER, NEVER
            if over < causes:  # (20)
                b = over
                restored_us[b, cause_number[b]] = now
                kind, where = w.cause_kind[b], w.cause_at[b]
                if kind == STOP:
                    p, last = (0, positions) if where == EVERYWHERE else (where, where + 1)
                    then = UNBLOCK_NEXT
                else:
                    then = JOB_OVER
                    if kind == BELT:
                        belt_stops -= 1
                    elif where == EVERYWHERE:
                        slow_all -= w.cause_slow_us[b]
                    else:
                        slow[where] -= w.cause_slow_us[b]
            elif over < causes + positions:  # (22)
                p = over - causes
                last = p + 1
                for slot in range(level.shape[1]):
                    level[p, slot] = w.capacity[p, slot]
                refill[p] = NO_REFILL
                then = UNBLOCK_NEXT if empty[p] else JOB_OVER
                empty[p] = 0
            else:
                p = over - causes - positions
                last = p + 1
                then = UNBLOCK_NEXT
        elif rank == 1:
            p = first_timer & POSITION_MASK
            here = unsigned(p)
            i = patient[here]
            whom = unsigned(i)
            doing = phase[here]
            timer[here] = (SLOT_NEVER << POSITION_BITS) | p
            look = True
            if doing == DRAW:
                outcome[whom], ended_us[whom] = SERVED, now
                remaining -= 1
                if rare is not None and i < w.arrivals:
                    first_over[whom] = now
                u = NEVER if rare is None else w.again[whom]
                if u != NEVER:
                    first_over[u] = first_over[whom]
                    later_size = push(later, later_size, (max(now, first_over[whom] + w.again_us[u]) << VISIT_BITS) | u)
                    remaining += 1
                then = FREE_NEXT
                if w.resumes == 0 and w.tubes[whom] > 0:  # (23)
                    line[line_last] = i
                    line_last += 1
                    in_tray[here] += w.tubes[whom]
                    if in_tray[here] >= w.tray and not full[here]:
                        full[here] = 1
                        blocks[here] += 1
                        stale = True
                        if blocks[here] == 1:
                            lost += w.fallback[here] == 0
                            logged = note(log, logged, now, p, T_BLOCKED, 1)
                        settle = STAFF
            elif rare is not None and doing == PREPARE and w.jam[whom] != 0 and not jammed[whom]:
                jammed[whom] = 1
                blocks[here] += 1
                stale = True
                if blocks[here] == 1:
                    lost += w.fallback[here] == 0
                    logged = note(log, logged, now, p, T_BLOCKED, 1)
                settle, then = STAFF, JAMMED_NEXT
            elif doing == PREPARE and now < called_us[whom] + w.approach_us:
                phase[here], timer[here] = APPROACH, ((called_us[whom] + w.approach_us) << POSITION_BITS) | p
            elif doing in (PREPARE, APPROACH):
                if w.abandons[whom]:
                    outcome[whom], ended_us[whom] = LEFT, now
                    remaining -= 1
                    then = FREE_NEXT
                else:
                    drawn_us[whom] = now
                    phase[here], timer[here] = DRAW, ((now + w.draw_us[w.fallback[here], whom]) << POSITION_BITS) | p
            elif rare is not None and doing == MISSED:
                missed[whom] = 1
                later_size = push(later, later_size, ((now + w.missed_back_us[whom]) << VISIT_BITS) | i)
                then = FREE_NEXT
            elif rare is not None:  # TRYING
                phase[p] = FREE
                i = held[p]  # whose jam it was
                held[p] = 0
                if w.jam[i] == BY_NURSE:
                    last, then = p + 1, UNBLOCK_NEXT
                else:
                    ask(causes + positions + p, URGENT, w.jam_engineer_us[i], now, job, jobs, engineer, clock)
        elif rank == 2:
            for b in range(causes):
                if cause_due[b] == now:
                    break
            cause_due[b] = SLOT_NEVER
            if calling[b]:
                calling[b] = 0
                ask(b, w.cause_urgency[b], w.down_us[b, cause_number[b]], now, job, jobs, engineer, clock)
            else:  # (19)
                stopped_us[b, cause_number[b]] = now
                kind, where = w.cause_kind[b], w.cause_at[b]
                then = CALL_ENGINEER
                if kind == STOP:
                    p, last = (0, positions) if where == EVERYWHERE else (where, where + 1)
                    then = STOP_NEXT
                elif kind == BELT:
                    belt_stops += 1
                elif where == EVERYWHERE:
                    slow_all += w.cause_slow_us[b]
                else:
                    slow[where] += w.cause_slow_us[b]
            cause_first = SLOT_NEVER
            for other in range(causes):
                cause_first = min(cause_first, cause_due[other])
        elif rank == 3:
            what, where = w.calendar_what[next_row], w.calendar_who[next_row]
            if what in (OPEN, CLOSE):  # (17)
                settle = STAFF
                if opened[where] != (what == OPEN):
                    opened[where] = what == OPEN
                    stale = True
                    logged = note(log, logged, now, where, T_OPEN, opened[where])
            elif what == NURSES:
                settle = STAFF
            else:
                clock[ON_DUTY] = w.calendar_value[next_row]
                begin_waiting(now, job, jobs, engineer, clock)
            next_row += 1
            calendar_next = w.calendar_us[next_row] if next_row < rows else SLOT_NEVER
        elif rank == 7:
            who = unsigned(comes & VISIT_MASK)
            if rare is None or comes == arrives:
                next_arrival += 1
                waiting += 1
                arrives = (w.arrived_us[next_arrival] << VISIT_BITS) | next_arrival if next_arrival < w.arrivals else NO_VISIT
            else:
                later_size = pop(later, later_size)
                if later_size == 0:
                    later[0] = NO_VISIT
                enters = who
                if arrived_us[who] == NEVER:
                    arrived_us[who] = now
            settle = DISPATCH
        elif rare is not None and rank == 8:
            i = impatient[next_hasty] & VISIT_MASK
            next_hasty += 1
            if queued[i]:
                queued[i] = 0
                waiting -= 1
                outcome[i], ended_us[i] = LEFT, now
                remaining -= 1
        else:
            i = loading
            p = window[i]
            in_tray[p] -= w.tubes[i]
            received_us[i] = now + w.way_us[i]
            loading, loaded = NEVER, SLOT_NEVER
            last = p + 1
            if full[p] and in_tray[p] < w.tray:
                full[p] = 0
                then = UNBLOCK_NEXT

        # settle it, and go on with what follows, until nothing is left to do at this instant
        while True:
            if enters != NEVER:
                i, enters = enters, NEVER
                queued[i] = 1
                waiting += 1
                h = 0 if rare is None or w.lane[i] == ANYONE else 1 + w.lane[i]
                place = ((TOP_PRIORITY - w.priority[i]) << TIME_BITS) | (arrived_us[i] << VISIT_BITS) | i
                queue_size[h] = push(queue[h], queue_size[h], place)
            while settle != NOTHING:
                begins = NEVER
                if settle == STAFF and (stale or assisting != NEVER or on_duty - holding < positions - at_windows):  # (15)
                    stale = False
                    free = on_duty - holding
                    if rare is not None and assisting != NEVER:
                        extra = max(0, min(w.nurses[patient[assisting]], max(1, on_duty)) - 1)
                        if free >= extra:
                            begins, assisting = assisting, NEVER
                            held[begins] += extra
                            holding += extra
                            free -= extra
                    readies = 0
                    for o in range(positions):
                        wanted = patient[o] != NEVER
                        if w.fallback[o]:
                            is_open = lost > 0 or wanted
                            stale = True  # whether it is open depends on its patient, too
                            if is_open != opened[o]:
                                opened[o] = is_open
                                logged = note(log, logged, now, o, T_OPEN, opened[o])
                        if not wanted and free > 0 and opened[o] and blocks[o] == 0:
                            wanted = True
                            free -= 1
                        ready[o] = wanted and patient[o] == NEVER
                        readies += ready[o]
                        if wanted != staffed[o]:
                            staffed[o] = wanted
                            logged = note(log, logged, now, o, T_STAFFED, staffed[o])
                # dispatch (8); before it whoever waited for nurses begins
                again = False
                for turn in range(-1, positions if readies > 0 and waiting > 0 else 0):
                    if turn < 0:
                        if begins == NEVER:
                            continue
                        q, i = unsigned(begins), unsigned(patient[begins])
                    else:
                        q = unsigned(turn)
                        if not ready[q]:
                            continue
                        h, best, in_line = NEVER, LAST_PLACE, False
                        for lane in range(lanes):
                            if lane > 0 and lane - 1 != q and opened[lane - 1] and blocks[lane - 1] == 0:
                                continue
                            for rung in range(top, -1, -1):
                                i = first[lane, rung]
                                while i < next_arrival and not queued[i]:
                                    i = behind[i]
                                first[lane, rung] = i
                                if i < next_arrival:
                                    place = ((TOP_PRIORITY - rung) << TIME_BITS) | (arrived_us[i] << VISIT_BITS) | i
                                    if place < best:
                                        h, best, in_line = lane, place, True
                                    break
                            while queue_size[lane] and not queued[queue[lane, 0] & VISIT_MASK]:
                                queue_size[lane] = pop(queue[lane], queue_size[lane])
                            if queue_size[lane] and queue[lane, 0] < best:
                                h, best, in_line = lane, queue[lane, 0], False
                        if h == NEVER:
                            if lanes == 1:
                                break
                            continue
                        i = unsigned(best & VISIT_MASK)
                        if rare is not None and w.nurses[i] > 1 and assisting != NEVER:
                            continue
                        if not w.resumes and lacks(level, q, w.need, i):
                            again, stale = True, True
                            empty[q] = 1
                            ready[q] = 0
                            readies -= 1
                            blocks[q] += 1
                            lost += w.fallback[q] == 0
                            logged = note(log, logged, now, q, T_STOCKOUT, 1)
                            logged = note(log, logged, now, q, T_BLOCKED, 1)
                            if refill[q] == NO_REFILL:
                                refill[q] = 1
                                lasts = drawn_refill(w.refill_us, q, refilled[q])
                                refilled[q] += 1
                                ask(causes + q, URGENT, lasts, now, job, jobs, engineer, clock)
                            elif job[ASKED, causes + q] != NEVER_ASKED:
                                job[SOON, causes + q] = URGENT
                            continue
                        if in_line:
                            first[h, w.priority[i]] = behind[i]
                        else:
                            queue_size[h] = pop(queue[h], queue_size[h])
                        queued[i] = 0
                        waiting -= 1
                        # call (10)
                        called_us[i], window[i] = now, q
                        patient[q], held[q], ready[q] = i, 1, 0
                        holding += 1
                        at_windows += 1
                        readies -= 1
                        several = rare is not None and w.nurses[i] > 1
                        again = again or several
                        if rare is not None and w.missed_us[i] != NEVER and not missed[i]:
                            phase[q], timer[q] = MISSED, ((now + w.missed_us[i]) << POSITION_BITS) | q
                            first_timer = min(first_timer, timer[q])
                            if several:
                                break
                            continue
                        if several:
                            phase[q], assisting = ASSISTED, q
                            break
                    # begin (11)
                    f = w.fallback[q]
                    if w.resumes:
                        drawn_us[i] = now
                        phase[q], lasts = DRAW, (left_us[i] if left_us[i] != NEVER else w.draw_us[f, i])
                    else:
                        phase[q], lasts = PREPARE, w.prepare_us[f, i] + slow[q] + (0 if f else slow_all)
                        if rare is not None and w.jam[i] != 0 and not jammed[i]:
                            lasts = w.jam_at_us[i]
                        if take_out(level, w.low, q, w.need, i) and refill[q] == NO_REFILL:
                            refill[q] = 1
                            ask(causes + q, LOW, drawn_refill(w.refill_us, q, refilled[q]), now, job, jobs, engineer, clock)
                            refilled[q] += 1
                    timer[q] = ((now + lasts) << POSITION_BITS) | q
                    first_timer = min(first_timer, timer[q])
                    if readies == 0 or waiting == 0:
                        break
                settle = STAFF if again or settle == DISPATCH_THEN_STAFF else NOTHING
            if then == NO_MORE:
                break

            if then == STOP_NEXT:  # (19) block the next position that it stops
                while p < last and w.fallback[p] and w.cause_at[b] == EVERYWHERE:
                    p += 1
                if p >= last:
                    then = CALL_ENGINEER
                    continue
                blocks[p] += 1
                stale = True
                if blocks[p] == 1:
                    lost += w.fallback[p] == 0
                    logged = note(log, logged, now, p, T_BLOCKED, 1)
                settle, then = STAFF, SEND_BACK
            elif then == SEND_BACK:
                i = patient[p]
                breaks_off = phase[p] == PREPARE or phase[p] == ASSISTED or (w.resumes and phase[p] == DRAW)
                if i != NEVER and breaks_off:
                    if phase[p] == DRAW:
                        left_us[i] = (timer[p] >> POSITION_BITS) - now
                    elif phase[p] == ASSISTED:
                        assisting = NEVER
                    phase[p], timer[p], patient[p] = FREE, (SLOT_NEVER << POSITION_BITS) | p, NEVER
                    look = True
                    stale = True
                    at_windows -= 1
                    holding -= held[p]
                    held[p] = 0
                    bumps[i] += 1
                    enters, settle = i, DISPATCH_THEN_STAFF
                p += 1
                then = STOP_NEXT
            elif then == CALL_ENGINEER:
                then = NO_MORE
                if w.cause_itself[b]:
                    job[OVER, b] = min(now + w.down_us[b, cause_number[b]], SLOT_NEVER)
                    clock[FIRST_OVER] = min(clock[FIRST_OVER], job[OVER, b])
                elif w.cause_call_us[b] > 0:
                    calling[b] = 1
                    cause_due[b] = now + w.cause_call_us[b]
                    cause_first = min(cause_first, cause_due[b])
                else:
                    ask(b, w.cause_urgency[b], w.down_us[b, cause_number[b]], now, job, jobs, engineer, clock)
            elif then == FREE_NEXT:
                phase[p], patient[p] = FREE, NEVER
                stale = stale or held[p] > 1 or not opened[p] or blocks[p] > 0
                at_windows -= 1
                holding -= held[p]
                held[p] = 0
                ready[p] = opened[p] and blocks[p] == 0
                readies += ready[p]
                settle, then = STAFF, NO_MORE
            elif rare is not None and then == JAMMED_NEXT:
                i = patient[p]
                holding -= held[p]
                at_windows -= 1
                stale = True
                patient[p] = NEVER
                held[p] = i  # whose jam it is, while somebody tries to clear it; holds no nurse
                phase[p], timer[p] = TRYING, ((now + w.jam_nurse_us[i]) << POSITION_BITS) | p
                look = True
                bumps[i] += 1
                enters, settle, then = i, DISPATCH_THEN_STAFF, NO_MORE
            elif then == UNBLOCK_NEXT:  # (16)
                while p < last and over != NEVER and over < causes and w.fallback[p] and w.cause_at[b] == EVERYWHERE:
                    p += 1
                if p >= last:
                    then = JOB_OVER
                    continue
                blocks[p] -= 1
                stale = True
                if blocks[p] == 0:
                    lost -= w.fallback[p] == 0
                    logged = note(log, logged, now, p, T_BLOCKED, 0)
                    settle = STAFF
                p += 1
            else:  # JOB_OVER
                then = NO_MORE
                if rank == 0:
                    if over < causes:
                        cause_number[b] += 1
                        causes_out = cause_number[b] == draws
                        if causes_out:
                            break
                        if w.up_us[b, cause_number[b]] < FAR:
                            cause_due[b] = min(now + w.up_us[b, cause_number[b]], SLOT_NEVER)
                            cause_first = min(cause_first, cause_due[b])
                    free_engineer(did, now, job, jobs, engineer, clock)
        if causes_out or clock[REFILLS_OUT]:
            break
        if line_first < line_last and loading == NEVER and belt_stops == 0:  # (23) nothing else at this instant hangs on it
            loading = line[line_first]
            line_first += 1
            loaded = now + w.belt_us[loading]

    if causes_out:
        status = CAUSES_DRAWN
    if clock[REFILLS_OUT]:
        status = REFILLS_DRAWN  # where both are: causes that ran out end the loop at once, so the refill came first
    arrived_us[next_arrival : w.arrivals] = NEVER
    return now, status, logged
