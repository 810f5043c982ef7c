"""A grid of scenario values: "staff.engineers=1,2", "load.scale=0.8:1.2:0.1", and the scenario at each of its points."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Any

from caixue.errors import UsageError
from caixue.lang import tr
from twin.problems import Problem, plain
from twin.scenario import ScenarioError, load_scenario
from twin.scenario_model import Scenario

MOST_POINTS = 10_000
_NUMBER = r"([+-]?\d+(?:\.\d+)?)\s*([^\W\d_]*)"
_RANGE = re.compile(rf"\s*{_NUMBER}\s*:\s*{_NUMBER}\s*:\s*{_NUMBER}\s*")
_HALF_RANGE = re.compile(rf"\s*{_NUMBER}\s*:\s*{_NUMBER}\s*")  # without a step
_PARTS = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|.', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Axis:
    """One scenario value and what it is to be, as people wrote it."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of the grid, its values in the order of the axes, and the scenario that has them."""

    values: tuple[str, ...]
    scenario: Scenario


def read_axis(text: str) -> Axis:
    """The axis in "path=a,b,c" or "path=first:last:step", the last included; raises UsageError."""
    path, sign, rest = text.partition("=")
    values = tuple(_values(text, rest)) if sign and path.strip() else ()
    if not values or "" in values:
        example = "--grid staff.engineers=1,2, --grid load.scale=0.8:1.2:0.1"
        raise UsageError(tr(f"--grid {plain(text)} 不对；写法如 ", f"--grid {plain(text)}: write it like ") + example)
    if double := next((value for value in values if values.count(value) > 1), None):
        raise UsageError(tr(f"--grid {plain(text)}：{double} 写了两次", f"--grid {plain(text)}: {double} stands twice"))
    return Axis(path.strip(), values)


def read_axes(texts: Sequence[str]) -> tuple[Axis, ...]:
    """The axes of a grid; raises UsageError where one is wrong, a path stands twice, or there are too many points."""
    axes = tuple(map(read_axis, texts))
    paths = [axis.path for axis in axes]
    if double := next((path for path in paths if paths.count(path) > 1), None):
        raise UsageError(tr(f"--grid 里 {double} 出现了两次；写成一个", f"--grid has {double} twice; write it as one"))
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST_POINTS:
        raise UsageError(
            tr(f"网格有 {count:,} 个点，最多 {MOST_POINTS:,} 个", f"the grid has {count:,} points, at most {MOST_POINTS:,} are allowed")
        )
    return axes


def points(name: str, axes: Sequence[Axis], sets: Sequence[str] = ()) -> list[Point]:
    """Every combination, the last axis changing fastest, each checked whole; raises ScenarioError for the first that cannot be."""
    found = []
    for values in product(*(axis.values for axis in axes)):
        own = [f"{axis.path}={value}" for axis, value in zip(axes, values, strict=True)]
        found.append(Point(values, _loaded(name, sets, own)))
    return found


def typed(text: str) -> Any:
    """A value as JSON has it: what TOML makes of the text, else the text."""
    try:
        value = tomllib.loads(f"value = {text}").get("value")
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (bool, int, float, str)) else text


def _loaded(name: str, sets: Sequence[str], own: Sequence[str]) -> Scenario:
    try:
        return load_scenario(name, [*sets, *own])
    except ScenarioError as error:
        places = {f"--set {change}": change for change in own}
        raise ScenarioError(
            error.path, [_of_grid(each, places[each.place]) if each.place in places else each for each in error.problems]
        ) from None


def _of_grid(problem: Problem, change: str) -> Problem:
    """A problem of an override told as one of the grid."""
    path, _, value = change.partition("=")
    told = replace(problem, place=f"--grid {change}")
    if _HALF_RANGE.fullmatch(value) is None:
        return told
    return replace(
        told, hint=tr(f"范围写成 始:终:步，如 {path}={value}:0.1", f"write a range as first:last:step, such as {path}={value}:0.1")
    )


def _values(text: str, rest: str) -> Iterator[str]:
    if found := _RANGE.fullmatch(rest):
        yield from _steps(text, *found.groups())
    else:
        yield from (value.strip() for value in _split(rest))


def _steps(text: str, first: str, unit: str, last: str, of_last: str, step: str, of_step: str) -> Iterator[str]:
    """From first to last; "10 min:20 min:5 min" has one unit throughout."""
    low, high, by = Decimal(first), Decimal(last), Decimal(step)
    units = {each for each in (unit, of_last, of_step) if each}
    if by == 0 or (high - low) / by < 0 or len(units) > 1:
        what = tr("步长不能为零，方向要对，单位要一致", "the step must lead from the first to the last value, in one unit")
        raise UsageError(f"--grid {plain(text)}: {what}")
    count = int((high - low) / by) + 1
    if count > MOST_POINTS:
        raise UsageError(tr(f"--grid {plain(text)}：最多 {MOST_POINTS:,} 个值", f"--grid {plain(text)}: at most {MOST_POINTS:,} values"))
    yield from (f"{low + by * number}{' ' if units else ''}{''.join(units)}" for number in range(count))


def _split(text: str) -> Iterator[str]:
    """At commas outside quotes, brackets and braces."""
    depth, start, place = 0, 0, 0
    for part in _PARTS.findall(text):
        depth += (part in "[{") - (part in "]}") if len(part) == 1 else 0
        if part == "," and depth == 0:
            yield text[start:place]
            start = place + 1
        place += len(part)
    yield text[start:]
