"""The desk's side of the audit: what the ledger says was done there, beside what was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from caixue.day import DayRecord
from caixue.events import Event
from caixue.ledger import Ledger
from caixue.ops.verdicts import lacking
from caixue.ops.versions import Versions
from caixue.site import Site
from twin.audit_rows import Row, counts
from twin.desk_truth import DeskTruth
from twin.truth import Truth

# Acts that are counted: name of the row → its words, its clause, and the kinds of the ledger.
_ACTS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "trainings": ("培训", "trainings", "C3", ("training.opened", "training.held", "training.failed", "training.passed")),
    "feedback": (
        "意见反馈",
        "feedback",
        "C2.2.2",
        ("survey.opened", "feedback.opened", "feedback.answered", "feedback.improved", "feedback.closed"),
    ),
    "backups": ("备份", "backups", "C2.2.3", ("medium.prepared", "backup.made", "backup.checked", "backup.drilled", "backup.refused")),
    "patches": (
        "补丁",
        "patches",
        "R5.5",
        ("patch.opened", "patch.tested", "patch.approved", "patch.installed", "patch.rolled-back", "patch.closed"),
    ),
    "drills": ("应急演练", "emergency drills", "C5", ("drill.opened", "drill.carried-out")),
    "inspections": ("巡检", "inspections", "C1", ("inspection.finding", "inspection.finding-closed", "inspection.finished")),
    "handovers": ("交接班", "hand-overs", "R1", ("handover.opened", "handover.accepted")),
    "months": ("月结", "months closed", "C6", ("month.signed",)),
}


def at_the_desk(ledger: Ledger, day: DayRecord, truth: Truth, site: Site) -> Iterator[Row]:
    """All rows about the desk of a run of `site`."""
    desk = truth.desk
    wanted = {kind for _, _, _, kinds in _ACTS.values() for kind in kinds}
    noted = Counter(event.kind for event in ledger.events(wanted))
    for name, (zh, en, clause, kinds) in _ACTS.items():
        by_ledger, really = (counts(Counter({kind: each[kind] for kind in kinds})) for each in (noted, desk.done))
        yield Row(name, zh, en, clause, by_ledger, really)
    yield from _round(ledger, desk)
    yield from _software(ledger, desk, site)
    yield from _people(ledger, desk)
    drills = sorted(each.id for each in day.incidents if each.drill)
    yield Row("drills.incidents", "演练的故障单", "incidents that were drills", "C5", drills, sorted(desk.drills))
    yield Row("days", "每日人数与管数", "people and tubes of each day", "C6.3", _days(ledger), _really(desk))


def _round(ledger: Ledger, desk: DeskTruth) -> Iterator[Row]:
    """What a person saw on the round, and how fast the hosts answered."""
    checked = {
        event.data["item"]: event.data["answer"] for event in ledger.events({"inspection.checked"}) if event.data["answer"] != "skipped"
    }
    yield Row("inspections.seen", "巡检所见", "what the round saw", "C1", checked, desk.answers)
    took = {event.data["item"].partition("@")[2]: _us(event) for event in ledger.events({"inspection.read"}) if _is_probe(event)}
    yield Row("inspections.hosts", "主机应答 us", "answers of the hosts, us", "C2.3.1", took, desk.latencies)


def _is_probe(event: Event) -> bool:
    return bool(event.data["unit"] == "ms" and event.data["value"] is not None)


def _us(event: Event) -> int:
    return round(event.data["value"] * 1000)


def _software(ledger: Ledger, desk: DeskTruth, site: Site) -> Iterator[Row]:
    """The archives on the media, the versions on the disk, and what was approved without proof."""
    gone = {event.data["file"] for event in ledger.events({"backup.expired"})}
    kept = {event.data["file"]: event.data["sha256"] for event in ledger.events({"backup.made"})}
    there = {name: sha256 for name, sha256 in kept.items() if name not in gone}
    yield Row("backups.archives", "介质上的备份", "archives on the media", "C2.2.3", there, desk.archives)
    usual = Versions(site.software, ledger).usual()
    folders = {one.name for one in site.software if one.folder}
    installed = {name: version for name, version in usual.items() if name in folders}
    yield Row("versions", "装着的版本", "versions installed", "R5.5", installed, desk.versions)
    yield Row("patches.unproven", "没有凭据的批准", "approvals without proof", "R5.5", _unproven(ledger, site), [])


def _unproven(ledger: Ledger, site: Site) -> list[str]:
    """Patches that were approved before the twin had shown what it must."""
    kinds = {one.name: one.kind for one in site.software}
    software: dict[str, str] = {}
    shown: dict[str, list[Mapping[str, object]]] = {}
    found = []
    for event in ledger.events({"patch.opened", "patch.tested", "patch.approved"}):
        if event.kind == "patch.opened":
            software[event.subject] = event.data["software"]
        elif event.kind == "patch.tested":
            shown.setdefault(event.subject, []).extend(event.data["verdicts"])
        elif lacking(kinds[software[event.subject]], shown.get(event.subject, ())):
            found.append(event.subject)
    return found


def _people(ledger: Ledger, desk: DeskTruth) -> Iterator[Row]:
    """Who was there and for how long, who was away, and that nobody worked in his leave."""
    yield Row("attendance", "在岗 us", "attendance, us", "R4", _attended(ledger), desk.attended_us())
    granted = [
        [event.subject, event.data["from_us"], event.data["until_us"], event.data["substitute"]]
        for event in ledger.events({"leave.granted"})
    ]
    yield Row("leave", "请假", "leave", "R4", granted, [[one.person, one.from_us, one.until_us, one.substitute] for one in desk.away])
    refused = sum(1 for _ in ledger.events({"leave.refused"}))
    yield Row("leave.refused", "未批准的请假", "leave that was refused", "R4", refused, desk.refused["leave"])
    worked = sum(_in_leave(event, granted) for event in ledger.events({"engineer.started"}))
    yield Row("leave.worked", "请假时还在做的事", "tasks in one's own leave", "R1", worked, 0)


def _in_leave(event: Event, granted: Iterable[list[object]]) -> bool:
    return any(event.subject == person and from_us <= event.at_us < until_us for person, from_us, until_us, _ in granted)  # type: ignore[operator]


def _attended(ledger: Ledger) -> dict[str, int]:
    came: dict[str, Event] = {}
    total = Counter[str]()
    for event in ledger.events({"attendance.opened", "attendance.left"}):
        if event.kind == "attendance.opened":
            came[event.subject] = event
        else:
            opened = came[event.subject].data
            total[opened["person"]] += event.data["left_us"] - opened["came_us"]
    return dict(sorted(total.items()))


def _days(ledger: Ledger) -> dict[str, list[int]]:
    names = ("patients", "served", "left", "tubes")
    return {event.data["date"]: [event.data[name] for name in names] for event in ledger.events({"day.counted"})}


def _really(desk: DeskTruth) -> dict[str, list[int]]:
    return {day.isoformat(): [one.patients, one.served, one.left, one.tubes] for day, one in desk.days.items()}
