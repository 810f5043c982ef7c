"""Hidden trouble (隐患, contract C1): what has not failed yet but will, or what nobody looks at; one row a rule, over facts of the last month.

A rule is a pure function of the facts; it says what it saw and against what it judged, so that a person can check it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, floor, fsum, lgamma, log, log1p
from statistics import median

from caixue.lang import tr
from caixue.ops.trend import Trend

HORIZON_DAYS = 45.0  # until the end of the next month's round at the latest; assumed: docs/assumptions.md A-225
SOON_DAYS = 30  # trainings that end; A-225
USED = 0.9  # share of a part's life; A-225
REPEATED = 3  # incidents of one device in a month; A-226
JAM_CHANCE, JAM_FACTOR, LEAST_JAMS = 0.01, 2.0, 3
BACKUP_DAYS = 8.0  # weekly, with a day of grace; A-222


@dataclass(frozen=True, slots=True)
class Wearing:
    """A part that wears: what its counter has run of its life, and how much a day (None: not known)."""

    device: str
    part: str
    used: float
    life: float
    per_day: float | None


@dataclass(frozen=True, slots=True)
class Moving:
    """One reading over rounds, or as the monitor notes it; `reading` names it, such as `answer-time@ups-room`."""

    reading: str
    unit: str
    limit: float | None
    trend: Trend


@dataclass(frozen=True, slots=True)
class Jams:
    """How often tubes or paper jammed at one window, while it took so many tubes."""

    window: str
    jams: int
    tubes: float

    @property
    def per_1000(self) -> float:
        """Jams per 1,000 tubes."""
        return 1000 * self.jams / self.tubes


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stock: what is usable and what the site wants at least, the use per day, and how long an order takes; `on_order` pieces."""

    item: str
    on_hand: int
    minimum: int
    per_day: float
    lead_days: float
    on_order: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one site at one instant, for the rules."""

    wearing: Sequence[Wearing] = ()
    moving: Sequence[Moving] = ()
    incidents: Mapping[str, int] = field(default_factory=dict)  # device → incidents of the month, drills left out
    jams: Sequence[Jams] = ()
    shelves: Sequence[Shelf] = ()
    backups: Mapping[str, float | None] = field(default_factory=dict)  # what is backed up → age in days of the last verified one
    trainings: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (person, topic) → days that it is still valid
    unknown: Sequence[str] = ()  # items that nobody could read in the last two rounds
    findings: Mapping[str, int] = field(default_factory=dict)  # open findings → days past their day


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that was found, about what, in words with the numbers it rests on."""

    rule: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    name: str
    zh: str
    en: str
    look: Callable[[Facts], Iterable[Trouble]]
    clause: str
    source: str


def troubles(facts: Facts) -> list[Trouble]:
    """Everything that the rules find, rule by rule."""
    return [trouble for rule in RULES for trouble in rule.look(facts)]


def _wear(facts: Facts) -> Iterator[Trouble]:
    for part in facts.wearing:
        left = None if not part.per_day else (part.life - part.used) / part.per_day
        if part.used >= USED * part.life or (left is not None and left <= HORIZON_DAYS):
            ends = (
                tr("，到期时间说不准", ", nobody can tell until when")
                if left is None
                else tr(f"，约 {max(0.0, left):.0f} 天后用完", f", used up in {max(0.0, left):.0f} days")
            )
            share = f"{part.used:g} / {part.life:g}"
            yield Trouble("wear", part.device, tr(f"{part.part} 已用 {share}", f"{part.part}: {share} used") + ends)


def _trend(facts: Facts) -> Iterator[Trouble]:
    for one in facts.moving:
        left = one.trend.days_left
        if left is not None and one.trend.worsening and left <= HORIZON_DAYS:
            slope = f"{one.trend.per_30_days:+.3g} {one.unit}"
            yield Trouble(
                "trend",
                one.reading,
                tr(
                    f"每 30 天 {slope}，约 {left:.0f} 天后到限值 {one.limit:g}（现 {one.trend.last:g}，{one.trend.count} 天的读数）",
                    f"{slope} in 30 days: meets its limit {one.limit:g} in {left:.0f} days (now {one.trend.last:g}, {one.trend.count} days read)",
                ),
            )


def _repeated(facts: Facts) -> Iterator[Trouble]:
    for device, count in facts.incidents.items():
        if count >= REPEATED:
            yield Trouble(
                "repeated",
                device,
                tr(f"一个月内 {count} 张故障单（{REPEATED} 张起算）", f"{count} incidents in a month ({REPEATED} count)"),
            )


def _jams(facts: Facts) -> Iterator[Trouble]:
    """Each window against the median of the others: more than twice as many, at least 3, and so many by chance in less than 1 of 100 rooms.

    Were all windows alike, each jam would fall on one of them by its share of the tubes.
    """
    rows = [row for row in facts.jams if row.tubes > 0]
    jams, tubes = sum(row.jams for row in rows), sum(row.tubes for row in rows)
    for row in rows:
        others = [other for other in rows if other is not row]
        if not others or row.jams < LEAST_JAMS:
            continue
        usual = median(other.per_1000 for other in others)
        if row.per_1000 > JAM_FACTOR * usual and at_least(row.jams, jams, row.tubes / tubes) < JAM_CHANCE / len(rows):
            yield Trouble(
                "jams",
                row.window,
                tr(
                    f"每千管卡 {row.per_1000:.2f} 次（{row.jams} 次 / {row.tubes:g} 管），其他窗口的中位数是 {usual:.2f}",
                    f"{row.per_1000:.2f} jams per 1,000 tubes ({row.jams} in {row.tubes:g}); the median of the others is {usual:.2f}",
                ),
            )


def at_least(hits: int, tries: int, share: float) -> float:
    """The probability that `hits` or more of `tries` things fall on a place that each falls on with probability `share`, between 0 and 1."""
    logs = (
        lgamma(tries + 1) - lgamma(k + 1) - lgamma(tries - k + 1) + k * log(share) + (tries - k) * log1p(-share)
        for k in range(hits, tries + 1)
    )
    return fsum(map(exp, logs))


def _stock(facts: Facts) -> Iterator[Trouble]:
    """What an order that is placed today would bring too late."""
    for shelf in facts.shelves:
        then = shelf.on_hand + shelf.on_order - floor(shelf.per_day * shelf.lead_days)
        if shelf.per_day > 0 and then < shelf.minimum:
            yield Trouble(
                "stock",
                shelf.item,
                tr(
                    f"现有 {shelf.on_hand}（在途 {shelf.on_order}），每天用 {shelf.per_day:.3g}，订货要 {shelf.lead_days:g} 天，到时低于最低 {shelf.minimum}",
                    f"{shelf.on_hand} on hand ({shelf.on_order} on order), {shelf.per_day:.3g} a day:"
                    f" below {shelf.minimum} when an order of {shelf.lead_days:g} days comes",
                ),
            )


def _backups(facts: Facts) -> Iterator[Trouble]:
    for what, age in facts.backups.items():
        if age is None:
            yield Trouble("backup", what, tr("没有验证过的备份", "there is no verified backup"))
        elif age > BACKUP_DAYS:
            yield Trouble("backup", what, tr(f"最近一次验证过的备份在 {age:.0f} 天前", f"the last verified backup is {age:.0f} days old"))


def _trainings(facts: Facts) -> Iterator[Trouble]:
    for (person, topic), left in facts.trainings.items():
        if left < 0:
            yield Trouble("training", person, tr(f"{topic} 的培训已过期 {-left} 天", f"training in {topic} ended {-left} days ago"))
        elif left <= SOON_DAYS:
            yield Trouble("training", person, tr(f"{topic} 的培训还剩 {left} 天", f"training in {topic} ends in {left} days"))


def _unknown(facts: Facts) -> Iterator[Trouble]:
    for item in facts.unknown:
        yield Trouble("unknown", item, tr("连续两轮读不到", "could not be read in two rounds running"))


def _findings(facts: Facts) -> Iterator[Trouble]:
    for number, days in facts.findings.items():
        if days > 0:
            yield Trouble("finding", number, tr(f"隐患整改逾期 {days} 天", f"its day passed {days} days ago"))


_HORIZON, _REPEATED = "assumed: docs/assumptions.md A-225", "assumed: docs/assumptions.md A-226"
RULES: tuple[Rule, ...] = (
    Rule("wear", "易损件将到寿命", "a part is nearly worn", _wear, "C2.1.5", _HORIZON),
    Rule("trend", "读数将到限值", "a reading will meet its limit", _trend, "C1", _HORIZON),
    Rule("repeated", "同一设备反复故障", "one device fails again and again", _repeated, "C1", _REPEATED),
    Rule("jams", "卡管明显多于其他窗口", "more jams than at the other windows", _jams, "C2.1.4", _REPEATED),
    Rule("stock", "库存在下降，订货赶不上", "a stock falls faster than an order comes", _stock, "C4", "the site's minimum and lead time"),
    Rule("backup", "备份过旧或没有", "a backup is old or missing", _backups, "C2.2.3", "assumed: docs/assumptions.md A-222"),
    Rule("training", "培训过期或将过期", "a training has ended or is about to", _trainings, "C3", _HORIZON),
    Rule("unknown", "长期没有读数", "nobody can read it", _unknown, "C1", "project"),
    Rule("finding", "隐患整改逾期", "a finding is overdue", _findings, "C1", "project"),
)
