"""The twin's verdict as evidence for a change (contract R5.5): a result.json of `caixue run`, read, reckoned again row by row, and held against what is asked.

Pure: bytes in, a `TwinVerdict` or a UsageError out; the twin itself is not needed. A file that contradicts itself in any place that
bears on the verdict is refused. Who invents a whole run consistently is found out by repeating it: seed, commit and trace are kept.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ops.verdict_file import Outcome, ResultFault, ResultFile, ResultRow, parsed
from caixue.ops.verdict_terms import DIGESTS, FAULTS, FIDELITY, LIMITS, REQUIRED, Limit
from caixue.units import duration_us, money_fen

PASS, FAIL, NO_DATA = "pass", "fail", "no-data"
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_LIMIT = re.compile(r"(<=|>=|==|!=|<|>) (\S.*)")
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?")
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class TwinVerdict:
    """What one result.json says, after it was found to agree with itself; `rows` are its judged figures with their numbers."""

    scenario: str
    seed: int
    verdict: Outcome
    fidelity: str
    replications: int
    caixue: str
    commit: str
    trace_sha256: str
    sha256: str  # of the whole file
    rows: tuple[Mapping[str, Any], ...]  # figure, where, limit, actual, verdict

    def to_data(self) -> dict[str, Any]:
        """The verdict as an event keeps it."""
        said = {name: getattr(self, name) for name in self.__slots__ if name != "rows"}
        return {**said, "rows": [dict(row) for row in self.rows]}


def read_verdict(content: bytes, name: str = "result.json") -> TwinVerdict:
    """The verdict in the bytes of a result.json, passed or not. Raises UsageError for what is none, or contradicts itself, naming the place."""
    file = parsed(content, name)
    wrong = _contradiction(file)
    if wrong:
        raise UsageError(tr(f"{name} 不能作为凭据：{wrong}", f"{name} proves nothing: {wrong}"))
    rows = tuple(
        {"figure": row.figure, "where": row.where, "limit": row.limit, "actual": row.actual, "verdict": row.verdict}
        for row in file.expectations
    )
    said = file.software
    return TwinVerdict(
        file.scenario,
        file.seed,
        file.verdict,
        file.fidelity,
        file.replications,
        said.caixue,
        said.commit,
        file.trace_sha256,
        hashlib.sha256(content).hexdigest(),
        rows,
    )


def lacking(kind: str, verdicts: Iterable[Mapping[str, Any]]) -> str:
    """What these verdicts (as events keep them) do not show for a change of a software of that kind; empty when they suffice.

    Of each scenario and seed the last one counts: what failed must pass with the same seed, not with a luckier one.
    """
    latest = {(each["scenario"], each["seed"]): each for each in verdicts}
    failed = next((each for each in latest.values() if each["verdict"] != PASS), None)
    if failed is not None:
        scenario, seed, what = failed["scenario"], failed["seed"], failed["verdict"]
        return tr(
            f"孪生判定不是通过：{scenario}，种子 {seed}：{what}", f"the twin's verdict is not a pass: {scenario}, seed {seed}: {what}"
        )
    passed = {scenario for scenario, _ in latest}
    missing = [scenario for scenario in REQUIRED[kind] if scenario not in passed]
    if not missing:
        return ""
    named = ", ".join(missing)
    return tr(f"缺少孪生判定：{named}；先 caixue run {missing[0]}", f"no verdict of the twin on {named}; first: caixue run {missing[0]}")


def _contradiction(file: ResultFile) -> str:
    """The first place where the file does not agree with itself or with what is asked of its scenario; empty when there is none."""
    if file.fidelity != FIDELITY:
        return tr(f"保真度是 {file.fidelity}，要 {FIDELITY}", f"its fidelity is {file.fidelity}; {FIDELITY} is needed")
    if not file.expectations:
        return tr("没有一条限值", "it has no limit at all")
    for row in file.expectations:
        wrong = _wrong_row(row, file)
        if wrong:
            return f"{row.figure} {row.limit}: {wrong}"
    found = _reckoned(file)
    if found != file.verdict:
        return tr(f"写的是 {file.verdict}，算出来是 {found}", f"it says {file.verdict}, its rows come to {found}")
    return _other_scenario(file)


def _wrong_row(row: ResultRow, file: ResultFile) -> str:
    """What is wrong with one row: its verdict does not follow from its numbers, or its numbers not from each other."""
    if not row.simulated:
        return tr("这里的每条限值都应模拟", "in this fidelity every limit is simulated")
    if row.n > file.replications:
        return f"n {row.n} > {file.replications}"
    if row.actual is None or row.low is None or row.high is None or row.breached_share is None or row.n == 0:
        empty = (row.actual, row.low, row.high, row.breached_share, row.n) == (None, None, None, None, 0)
        return "" if empty and row.verdict == NO_DATA else tr("没有样本，却有数字或结论", "no samples, yet numbers or a verdict")
    holds = _holds(row.limit, row.actual)
    if holds is None:
        return tr("看不懂这条限值", "the limit cannot be read")
    if row.verdict != (PASS if holds else FAIL):
        return tr(f"实际 {row.actual:g}，写的是 {row.verdict}", f"{row.actual:g} is not {row.verdict}")
    return _wrong_numbers(row, row.actual, row.low, row.high, row.breached_share) or _wrong_figure(row, row.actual, file)


def _wrong_numbers(row: ResultRow, actual: float, low: float, high: float, share: float) -> str:
    """The interval lies round the mean, and of one sample it is the sample itself."""
    alone = row.n == 1
    round_it = (
        low == actual == high if alone else low <= actual <= high and isclose(actual - low, high - actual, rel_tol=1e-6, abs_tol=1e-6)
    )
    if not round_it:
        return f"{low:g} .. {high:g} / {actual:g}"
    passed = row.verdict == PASS
    shares = {float(not passed)} if alone else {share} if isclose(share * row.n, round(share * row.n), abs_tol=1e-6) else set()
    one_sided = not row.limit.startswith("!=")
    if share not in shares or (one_sided and ((share == 0 and not passed) or (share == 1 and passed))):
        return f"breached_share {share:g}"
    return ""


def _wrong_figure(row: ResultRow, actual: float, file: ResultFile) -> str:
    """The same figure of the whole day stands in the table of all figures, too."""
    if row.where:
        return ""
    said: Any = file.figures.get(row.figure)
    if isinstance(said, list):  # its worst element is judged
        return ""
    number = isinstance(said, int | float) and not isinstance(said, bool)
    same = number and isclose(float(said), actual, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return "" if same else f"{actual:g} / {said!r}"


def _holds(limit: str, actual: float) -> bool | None:
    """Whether `actual` (seconds, yuan or a number) keeps a limit such as "<= 15 min"; None where that cannot be read."""
    match = _LIMIT.fullmatch(limit)
    if match is None:
        return None
    bound = _bound(match[2])
    return None if bound is None else _HOLDS[match[1]](actual, bound)


def _bound(amount: str) -> float | None:
    if _NUMBER.fullmatch(amount):
        return float(amount)
    try:
        return duration_us(amount) / 1_000_000
    except UsageError:
        pass
    try:
        return money_fen(amount) / 100
    except UsageError:
        return None


def _reckoned(file: ResultFile) -> Outcome:
    """The verdict that the rows, the faults and the broken promises come to."""
    verdicts = {row.verdict for row in file.expectations}
    if file.broken or FAIL in verdicts or any(map(_fault_failed, file.faults)):
        return "fail"
    return "no-data" if NO_DATA in verdicts else "pass"


def _fault_failed(fault: ResultFault) -> bool:
    """A fault that never fired, that nobody noticed, or after which nothing worked."""
    if fault.fired_at is None:
        return not fault.random
    return (fault.recovered_at if fault.absorbed else fault.seen_at) is None


def _other_scenario(file: ResultFile) -> str:
    """In what the run differs from the scenario of that name, where it is one that is asked for: another file, limit or fault."""
    if file.scenario not in LIMITS:
        return ""
    if file.scenario_sha256 != DIGESTS[file.scenario]:
        return tr("不是自带的那个场景，或改过其中的值", "it is not the scenario that ships, or some value of it was changed")
    held = {Limit(row.figure, row.limit, row.clause, row.where) for row in file.expectations}
    asked = LIMITS[file.scenario]
    other = next((one for one in asked if one not in held), None)
    if other is not None:
        return tr(f"场景要求 {other.figure} {other.limit}", f"its scenario asks for {other.figure} {other.limit}")
    if len(file.expectations) != len(asked):
        return tr("限值比场景的多", "it has more limits than its scenario")
    as_asked = tuple(fault.name for fault in file.faults) == FAULTS[file.scenario]
    if not as_asked or any(fault.absorbed or fault.random for fault in file.faults):
        return tr("故障与场景的不同", "its faults are not those of its scenario")
    return ""
