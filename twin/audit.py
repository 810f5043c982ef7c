"""The audit of a run: every figure that its ledger gives, beside the same figure counted from what really happened.

The left side is read from the ledger alone, by the code that reads a real site's; the right side is counted here, from
`twin.truth`, by the simplest arithmetic there is. They must be equal, to the piece and to the microsecond.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from caixue.day import NEVER as UNKNOWN
from caixue.day import DayRecord, Incident
from caixue.folding import fold
from caixue.journal import Recorder
from caixue.lang import tr
from caixue.ledger import Ledger
from caixue.metrics import Basis, figures
from caixue.ops.balance import unbalanced
from caixue.ops.consumables import Consumables
from caixue.ops.stock import Stock
from caixue.site import Site
from twin.audit_desk import at_the_desk
from twin.audit_month import at_the_months_end
from twin.audit_rows import Row as Row
from twin.audit_rows import below_required_us, by_item, clock_start, counts, deadline_us, first_visits, lost_spans, restored
from twin.truth import NEVER, Episode, Truth


def audit(ledger: Ledger, truth: Truth, site: Site, basis: Basis, start: datetime) -> list[Row]:
    """All rows for the ledger of a run of `site` that began at `start` and is over."""
    day = fold(ledger.events())
    acts = [*_store(ledger, truth, site), *_acts(ledger, day, truth), *_tickets(day, truth)]
    rows = [*acts, *_clocks(day, truth, site, basis, start), _windows(day, truth, site, basis)]
    if not truth.desk.stays:
        return rows  # there was no desk
    return [*rows, *at_the_desk(ledger, day, truth, site), *at_the_months_end(ledger, day, truth, site, basis, start)]


# the store


def _store(ledger: Ledger, truth: Truth, site: Site) -> Iterable[Row]:
    recorder = Recorder(ledger, ledger.clock)
    stock = Stock(recorder, site.stock, ledger)
    loaded = Consumables(recorder, site, stock, ledger)
    items = [item.item for item in site.stock]
    yield Row(
        "stock", "库存件数", "pieces in the store", "C4", {it: stock.on_hand(it) for it in items}, {it: truth.shelf(it) for it in items}
    )
    by_lot = {f"{item} {lot}": each.on_hand for (item, lot), each in stock.lots.items() if each.on_hand}
    there = Counter[str]()
    for item, cartons in truth.cartons.items():
        there.update({f"{item} {carton.lot}": carton.count for carton in cartons})
    yield Row("stock.lots", "各批号件数", "pieces of each lot", "R5.6", dict(sorted(by_lot.items())), counts(there))
    off = unbalanced(stock.lots.values(), loaded.loaded)
    yield Row("lots", "收支不平的批次", "lots that do not balance", "R5.6", off, [])
    put_in = Counter[str]()
    for event in ledger.events({"consumable.refilled"}):
        put_in[event.data["item"]] += event.data["quantity"]
    yield Row("refilled", "补充件数", "pieces put in", "C2.1.2", counts(put_in), counts(by_item(truth.loaded)))
    lanes = {key: load.level for key, load in loaded.levels.items() if not load.slot.roll}
    yield Row("lanes", "料道中的试管", "tubes in the lanes", "C2.1.3", sum(lanes.values()), sum(truth.levels.get(key, 0) for key in lanes))
    parts = Counter(event.data["part"] for event in ledger.events({"part.replaced"}))
    yield Row("parts", "换上的备件", "parts fitted", "C2.1.5", counts(parts), counts(truth.fitted))


# what has been done


def _acts(ledger: Ledger, day: DayRecord, truth: Truth) -> Iterable[Row]:
    """Acts that leave nothing behind to count but themselves."""
    ended = Counter(event.subject.partition("-")[0] for event in ledger.events({"sequence.finished"}))
    yield Row("started", "开机次数", "start-ups", "C2.1.1", ended["startup"], truth.switched_on)
    yield Row("laid-down", "关机次数", "shut-downs", "C2.1.1", ended["shutdown"], truth.switched_off)
    signed = sum(1 for _ in ledger.events({"spare.signed"}))
    yield Row("signed", "签字的备件", "spares signed for", "R5.4", signed, sum(truth.fitted.values()))
    closed = sorted(each.id for each in day.incidents if each.closed_us != UNKNOWN)
    yield Row("closed", "关闭的故障单", "tickets closed", "C2", closed, sorted([*first_visits(truth, "works_us"), *truth.desk.drills]))


# one ticket for each episode


def _tickets(day: DayRecord, truth: Truth) -> Iterable[Row]:
    wanted = [episode for episode in truth.episodes if episode.needs_engineer]
    tickets = [len(_about(episode, day, truth)) for episode in wanted]
    yield Row("tickets", "每次故障的故障单数", "tickets of each episode", "C2", sorted(set(tickets)), [1] if wanted else [])
    seen = {visit.incident for visit in truth.visits if visit.cause}
    unexplained = [
        each.id
        for each in day.incidents
        if each.id not in seen | truth.desk.drills and not any(_explains(one, each, day) for one in truth.episodes)
    ]
    yield Row("tickets.orphans", "没有来由的故障单", "tickets without a cause", "C2", unexplained, [])


def _about(episode: Episode, day: DayRecord, truth: Truth) -> list[Incident]:
    """The incidents of an episode: those of its device while it lasted, or else those that led somebody to it, where another device was named."""
    then = [each for each in day.incidents if _meet(episode, each, day)]
    led_there = {visit.incident for visit in truth.visits if visit.device == episode.device and visit.cause == episode.kind}
    return [each for each in then if each.device == episode.device] or [each for each in then if each.id in led_there]


def _explains(episode: Episode, incident: Incident, day: DayRecord) -> bool:
    """Whether it can be why the incident was opened: at the same window, or both about what all windows share."""
    window = episode.device.partition(".")[0]
    shared = not incident.window and "." not in episode.device
    return _meet(episode, incident, day) and (shared or window == incident.window or episode.device == incident.device)


def _meet(episode: Episode, incident: Incident, day: DayRecord) -> bool:
    ended_us = day.end_us if episode.ended_us == NEVER else episode.ended_us
    return episode.began_us <= restored(incident, day.end_us) and incident.occurred_us <= ended_us


# the clocks of R3


def _clocks(day: DayRecord, truth: Truth, site: Site, basis: Basis, start: datetime) -> Iterable[Row]:
    by_ledger = figures(day, basis)
    arrived, repaired = first_visits(truth, "arrived_us"), first_visits(truth, "works_us")
    real = [incident for incident in day.incidents if not incident.drill]
    yield Row(
        "on-site", "到场时刻", "arrivals on site", "R3", {each.id: each.on_site_us for each in real if each.on_site_us != UNKNOWN}, arrived
    )
    yield Row(
        "restored", "修复时刻", "repairs", "R3", {each.id: each.restored_us for each in real if each.restored_us != UNKNOWN}, repaired
    )
    waited = [arrived[each.id] - clock_start(each, truth) for each in real if each.id in arrived]
    yield Row(
        "response.max", "最长响应 s", "longest response, s", "R3", by_ledger["incident.response.max"], max(waited) / 1e6 if waited else None
    )
    took = [repaired.get(each.id, day.end_us) - clock_start(each, truth) for each in real]
    yield Row("repair.max", "最长修复 s", "longest repair, s", "R3", by_ledger["incident.repair.max"], max(took) / 1e6 if took else None)
    if any(each.pauses for each in real) or site.readings.working_day != "end of next working day":
        return  # such deadlines are not counted here
    late = sum(repaired.get(each.id, day.end_us) > deadline_us(each, clock_start(each, truth), site, start) for each in real)
    yield Row("breaches", "超时次数", "breaches", "R3", by_ledger["sla.breaches"], float(late))


# the eight windows of R5.3


def _windows(day: DayRecord, truth: Truth, site: Site, basis: Basis) -> Row:
    opening = [(int(span[0]), int(span[1])) for span in day.opening]
    lost = lost_spans(truth, site, basis, day.end_us)
    below_us = below_required_us(lost, day.incidents, opening, truth, site, basis, day.end_us)
    return Row(
        "below-eight", "不足八窗 s", "below eight windows, s", "R5.3", figures(day, basis)["window.below_eight.minutes"], below_us / 1e6
    )


def disagreements(rows: Sequence[Row]) -> list[str]:
    """What is wrong, in words."""
    return [tr(f"账本与实际不符：{row}", f"the ledger is wrong: {row}") for row in rows if not row.agrees]
