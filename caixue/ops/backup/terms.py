"""When a backup is due and which ones are kept (contract C2.2.3): facts in a table, and pure decisions on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from caixue.units import US_PER_DAY

# How old the newest verified backup may be, by kind of software; also at once after an installation. Assumed: docs/assumptions.md A-231
TERM_DAYS: Mapping[str, int] = {"system": 30, "driver": 30, "template": 7}
DRILL_DAYS = 31  # a restore drill a month; A-231


@dataclass(frozen=True, slots=True)
class Retention:
    """Which verified backups of one software on one medium are kept. Assumed: docs/assumptions.md A-232."""

    last: int = 5
    months: int = 12  # the newest of each
    years: int = 5  # the newest of each
    versions: int = 2  # the newest of each of the last ones: the way back after a bad patch (R5.5)


RETENTION = Retention()


@dataclass(frozen=True, slots=True)
class Copy:
    """One backup that counted when it was made. `drilled_us` None: never; `reason`: why it is no longer whole."""

    number: str  # label-templates-0003
    software: str
    version: str
    medium: str
    file: str
    sha256: str
    content: str
    files: int
    bytes: int
    made_us: int
    by: str
    whole: bool = True
    expired: bool = False
    drilled_us: int | None = None
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is there and whole, as far as anybody has looked."""
        return self.whole and not self.expired


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do: `what` is "backup" or "drill"; `last_us` when it was last done, None: never."""

    what: str
    software: str
    why: str  # never, old, version
    last_us: int | None


def due(kinds: Mapping[str, str], versions: Mapping[str, str], copies: Iterable[Copy], now_us: int) -> list[Due]:
    """What is due now. `kinds`: software with a folder → kind; `versions`: what is installed."""
    counting = [copy for copy in copies if copy.counts]
    found = []
    for software, kind in kinds.items():
        last = newest(copy for copy in counting if copy.software == software)
        if last is None:
            found.append(Due("backup", software, "never", None))
        elif last.version != versions.get(software, last.version):
            found.append(Due("backup", software, "version", last.made_us))
        elif now_us - last.made_us > TERM_DAYS[kind] * US_PER_DAY:
            found.append(Due("backup", software, "old", last.made_us))
    return found


def drill_due(copies: Iterable[Copy], now_us: int) -> Due | None:
    """The restore drill, where none was done for a month: of the software whose last one is longest ago. None where nothing could be restored."""
    copies = list(copies)
    last_us = {copy.software: -1 for copy in copies if copy.counts}  # -1: never drilled
    for copy in copies:
        if copy.drilled_us is not None and copy.software in last_us:
            last_us[copy.software] = max(last_us[copy.software], copy.drilled_us)
    latest_us = max((copy.drilled_us for copy in copies if copy.drilled_us is not None), default=None)
    if not last_us or (latest_us is not None and now_us - latest_us <= DRILL_DAYS * US_PER_DAY):
        return None
    software = min(last_us, key=lambda each: (last_us[each], each))
    return Due("drill", software, "never" if latest_us is None else "old", latest_us)


def newest(copies: Iterable[Copy]) -> Copy | None:
    """The one that was made last."""
    return max(copies, key=lambda copy: (copy.made_us, copy.number), default=None)


def kept(copies: Sequence[Copy], day_of: Callable[[int], datetime], rule: Retention = RETENTION) -> dict[str, str]:
    """The backups of one software on one medium that stay, each with the rule that keeps it: last, version, month or year.

    The newest whole one always stays, whatever the rule says; one that is damaged takes nobody's place.
    """
    row = sorted((copy for copy in copies if copy.counts), key=lambda copy: (copy.made_us, copy.number), reverse=True)
    found: dict[str, str] = {copy.number: "last" for copy in row[: max(1, rule.last)]}
    for why, number, key in (
        ("version", rule.versions, lambda copy: copy.version),
        ("month", rule.months, lambda copy: f"{day_of(copy.made_us):%Y-%m}"),
        ("year", rule.years, lambda copy: f"{day_of(copy.made_us):%Y}"),
    ):
        first: dict[str, Copy] = {}
        for copy in row:
            first.setdefault(key(copy), copy)
        for copy in list(first.values())[:number]:
            found.setdefault(copy.number, why)
    return found


def expiring(copies: Sequence[Copy], day_of: Callable[[int], datetime], rule: Retention = RETENTION) -> list[Copy]:
    """The whole backups of one software on one medium that no rule keeps, oldest first."""
    stay = kept(copies, day_of, rule)
    return sorted((copy for copy in copies if copy.counts and copy.number not in stay), key=lambda copy: (copy.made_us, copy.number))
