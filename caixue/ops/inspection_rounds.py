"""Rounds and findings of inspections as the events tell them (contract C1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.inspection_items import SKIPPED, State
from caixue.units import nearest

KINDS = (
    *("inspection.started", "inspection.read", "inspection.checked", "inspection.finding"),
    *("inspection.finding-closed", "inspection.finished"),
)
SEVERITIES = ("一般", "较大", "重大")  # the contract's words for faults serve for findings too


@dataclass(frozen=True, slots=True)
class Result:
    """The last word on one point of a round; `answer` where a person looked, "skipped" where nobody did."""

    point: str
    state: State
    at_us: int
    by: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    words: str = ""  # a reason or a note
    answer: str = ""

    @property
    def skipped(self) -> bool:
        """Whether it was left out, with a reason."""
        return self.answer == SKIPPED


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found, what is done about it, by whom and until when."""

    number: str
    round: str
    point: str
    what: str
    severity: str
    measure: str
    person: str
    until: str  # 2026-12-31
    found_us: int
    closed_us: int | None = None
    done: str = ""  # what was done

    @property
    def open(self) -> bool:
        """Whether it still has to be seen to."""
        return self.closed_us is None


@dataclass(slots=True)
class Round:
    """One round of one month; `points` is what belongs to it."""

    number: str
    month: str
    points: tuple[str, ...]
    started_us: int
    by: str
    reason: str = ""  # of one beyond the month's
    results: dict[str, Result] = field(default_factory=dict)
    finished_us: int | None = None
    finished_by: str = ""
    findings: list[str] = field(default_factory=list)  # numbers

    @property
    def open_points(self) -> tuple[str, ...]:
        """What has neither been read, nor looked at, nor left out with a reason."""
        return tuple(point for point in self.points if point not in self.results)

    @property
    def counts(self) -> dict[str, int]:
        """How many points came to what; what was skipped counts apart, and never as good."""
        counted = Counter(SKIPPED if result.skipped else result.state.value for result in self.results.values())
        return {name: counted[name] for name in (*State, SKIPPED)}


class Rounds:
    """Every round and every finding. It changes by hearing events and by nothing else."""

    def __init__(self) -> None:
        self.rounds: dict[str, Round] = {}  # by number, in the order in which they were begun
        self.findings: dict[str, Finding] = {}
        self._heard = -1

    @property
    def current(self) -> Round | None:
        """The round that is not finished; there is never more than one."""
        return next((one for one in self.rounds.values() if one.finished_us is None), None)

    def of(self, month: str) -> list[Round]:
        """The rounds that were begun for a month."""
        return [one for one in self.rounds.values() if one.month == month]

    def named(self, number: str) -> Round:
        """The round of that number, or the first of that month. Raises UsageError for any other."""
        known = number if number in self.rounds else f"inspection-{number}"
        if known not in self.rounds:
            raise UsageError(tr(f"没有巡检 {number}", f"there is no round {number}") + nearest(known, self.rounds))
        return self.rounds[known]

    def finding(self, number: str) -> Finding:
        """The finding of that number, also written "7". Raises UsageError for any other."""
        known = f"finding-{int(number):04d}" if number.isascii() and number.isdecimal() else number
        if known not in self.findings:
            raise UsageError(tr(f"没有隐患 {number}", f"there is no finding {number}") + nearest(known, self.findings))
        return self.findings[known]

    def open_findings(self) -> Iterator[Finding]:
        """Those that still have to be seen to, the oldest first."""
        return (finding for finding in self.findings.values() if finding.open)

    def hear(self, event: Event) -> None:
        """Take one event; one that was heard already changes nothing."""
        if event.kind not in KINDS or event.seq <= self._heard:
            return
        self._heard = event.seq
        data = event.data
        match event.kind:
            case "inspection.started":
                points = tuple(data["items"])
                self.rounds[event.subject] = Round(event.subject, data["month"], points, event.at_us, event.actor, data.get("reason", ""))
            case "inspection.read" | "inspection.checked":
                self.rounds[event.subject].results[data["item"]] = _result(event)
            case "inspection.finding":
                self.findings[event.subject] = _found(event)
                self.rounds[data["round"]].findings.append(event.subject)
            case "inspection.finding-closed":
                self.findings[event.subject] = _closed(self.findings[event.subject], event)
            case "inspection.finished":
                self.rounds[event.subject].finished_us = event.at_us
                self.rounds[event.subject].finished_by = event.actor


def _result(event: Event) -> Result:
    data = event.data
    state, who = State(data["state"]), event.actor
    if event.kind == "inspection.checked":
        return Result(data["item"], state, event.at_us, who, words=data["note"], answer=data["answer"])
    return Result(data["item"], state, event.at_us, who, data["value"], data["limit"], data["unit"], data["reason"])


def _found(event: Event) -> Finding:
    data = event.data
    return Finding(
        event.subject,
        data["round"],
        data["item"],
        data["what"],
        data["severity"],
        data["measure"],
        data["person"],
        data["until"],
        event.at_us,
    )


def _closed(finding: Finding, event: Event) -> Finding:
    return replace(finding, closed_us=event.at_us, done=event.data["done"])
