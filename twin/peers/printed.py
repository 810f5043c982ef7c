"""The comparison as the tables of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from twin.peers.features import Spread
from twin.peers.measuring import Times, ratio
from twin.peers.programs import COMPILED, SIMPY, WITHOUT_DRAWS, C

HEADER = """\
| 程序 *program* | CPU 毫秒/天 *ms a day* | 天/秒 *days/s* | 比 SimPy 快 *× SimPy* | C 的速度 *of C's speed* | 平均等候 *mean wait* |
|---|---|---|---|---|---|"""


def comparison(times: Sequence[Times], missing: Mapping[str, str]) -> Iterator[str]:
    """One row a program, the fastest first; then what is missing and why."""
    by_name = {each.peer.name: each for each in times}
    simpy, c = by_name[SIMPY], by_name.get(C + WITHOUT_DRAWS)
    yield HEADER
    for each in sorted(times, key=lambda one: one.median_s):
        ms = [value * 1000 for value in each.day_s]
        of_c = f"{ratio(c, each):.1%}" if c is not None and each.peer.same else "–"
        yield (
            f"| {each.peer.name} | {each.median_s * 1000:.3g}（{min(ms):.3g}–{max(ms):.3g}） | {1 / each.median_s:,.0f} "
            f"| {times_as_fast(ratio(simpy, each))} | {of_c} | {each.mean_wait_s / 60:.1f} min |"
        )
    for name, why in missing.items():
        yield f"| {name} | 没有量 *not measured*: {why} | | | | |"


def times_as_fast(value: float) -> str:
    """Two digits, without an exponent."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def events(per_day: Mapping[str, float], times: Sequence[Times]) -> Iterator[str]:
    """Nanoseconds an event of the two compiled loops."""
    for each in times:
        if each.peer.name in per_day:
            count = per_day[each.peer.name]
            yield f"- {each.peer.name}: {count:,.0f} events a day, {each.median_s / count * 1e9:.1f} ns an event, {count / each.median_s / 1e6:.1f} M/s"


def goals(times: Sequence[Times]) -> dict[str, float]:
    """What the project wants to reach: the compiled engine with its draws against SimPy, and without them against C."""
    by_name = {each.peer.name: each for each in times}
    found = {}
    if COMPILED in by_name:
        found["times_simpy"] = ratio(by_name[SIMPY], by_name[COMPILED])
        if C + WITHOUT_DRAWS in by_name:
            found["of_c"] = ratio(by_name[C + WITHOUT_DRAWS], by_name[COMPILED + WITHOUT_DRAWS])
    return found


def features(parts: Mapping[str, Spread], commands: Mapping[str, Spread]) -> Iterator[str]:
    """The full-feature day and the command line."""
    for name, (least, middle, most) in parts.items():
        yield f"| {name} | {middle:.3g} ms（{least:.3g}–{most:.3g}） |"
    if "all" in parts:
        yield f"| days a second, one core | {1000 / parts['all'].median:,.0f} |"
    for name, (least, middle, most) in commands.items():
        yield f"| `{name}` | {middle:.2f} s（{least:.2f}–{most:.2f}） |"
