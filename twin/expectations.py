"""[[steady]] and [[expect]]: a figure of the day, the limit it must keep, and the clause that the limit comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema, field_validator

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES, Figure
from caixue.sla import clause_ids
from caixue.units import duration_us, money_fen
from twin.door import DURATION_UNITS, Table, at_door
from twin.problems import did_you_mean, nearest, shown

PROJECT = "project"  # the clause of limits that the project chose itself
SEVERITIES = ("一般", "较大", "重大")

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<=": lambda actual, limit: actual <= limit,
    ">=": lambda actual, limit: actual >= limit,
    "==": lambda actual, limit: actual == limit,
    "<": lambda actual, limit: actual < limit,
    ">": lambda actual, limit: actual > limit,
}
_LIMIT = re.compile(r"\s*(<=|>=|==|<|>)\s*(\S.*?)\s*")
_SLIPS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "＜": "<", "＞": ">", "＝": "==", "=": "=="}
_SIGN = re.compile(r"[≤≥＜＞＝=<>]*")
_EXAMPLES = {"s": "15 min", "yuan": "12 yuan", "share": "0.85"}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WHERE = re.compile(r"\s*(\w+)\s*==\s*(\S.*?)\s*")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a figure; `value` is in seconds or yuan where the figure has that unit."""

    operator: Literal["<=", ">=", "==", "<", ">"]
    value: float
    text: str  # as people wrote it

    def holds(self, actual: float) -> bool:
        """True when `actual` keeps the limit."""
        return _COMPARE[self.operator](actual, self.value)


@dataclass(frozen=True, slots=True)
class Where:
    """Which samples of a figure count: those whose `field` is `value`."""

    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.field} == {self.value}"


def _read_figure(value: object) -> object:
    if isinstance(value, str) and value not in FIGURES:
        raise at_door(tr(f'没有指标 "{value}"', f'no figure "{value}"'), did_you_mean(value, tuple(FIGURES)))
    if isinstance(value, str) and FIGURES[value].unit == "list":
        near = [name for name in FIGURES if name.startswith(value.rpartition(".")[0]) and FIGURES[name].unit != "list"]
        raise at_door(tr(f'指标 "{value}" 是一列数，不能设限', f'figure "{value}" is a list and has no limit'), did_you_mean("", near))
    return value


def _read_clause(value: object) -> object:
    known = (*clause_ids(), PROJECT)
    if isinstance(value, str) and value not in known:
        raise at_door(tr(f'合同里没有条款 "{value}"', f'the contract has no clause "{value}"'), did_you_mean(value, known))
    return value


FigureName = Annotated[str, BeforeValidator(_read_figure)]
ClauseName = Annotated[str, BeforeValidator(_read_clause)]
LimitField = Annotated[Limit, WithJsonSchema({"type": "string", "examples": ["<= 15 min", ">= 8", "== 0"]})]
WhereField = Annotated[Where | None, WithJsonSchema({"type": "string", "examples": ["class == 一般"]})]


class Steady(Table):
    """What must hold just before the first [[fault]], else the run ends with exit code 3."""

    figure: FigureName
    limit: LimitField

    @field_validator("limit", mode="plain")
    @classmethod
    def _read_limit(cls, value: object, info: ValidationInfo) -> Limit:
        return read_limit(value, FIGURES.get(info.data.get("figure", "")))


class Expect(Steady):
    """What the day must keep; `where` narrows the figure to some samples."""

    where: WhereField = None
    clause: ClauseName = PROJECT

    @field_validator("where", mode="plain")
    @classmethod
    def _read_where(cls, value: object, info: ValidationInfo) -> Where:
        return read_where(value, FIGURES.get(info.data.get("figure", "")))


def read_limit(value: object, figure: Figure | None) -> Limit:
    """The limit in "<= 15 min" or ">= 8", in the unit of `figure` (None: the figure is not known)."""
    match = _LIMIT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise at_door(*_no_limit(value, figure))
    operator, amount = match.groups()
    number = _amount(operator, amount, figure) if figure is not None else 0.0
    return Limit(operator, number, f"{operator} {amount}")  # type: ignore[arg-type]


def _no_limit(value: object, figure: Figure | None) -> tuple[str, str]:
    """What is wrong with a limit that has no operator, or one that people write elsewhere."""
    operator, amount = "<=", _EXAMPLES.get(figure.unit if figure else "", "8")
    if isinstance(value, str):
        sign = _SIGN.match(value.strip())
        assert sign is not None  # it matches nothing, too
        operator, amount = _SLIPS.get(sign[0], operator), value.strip()[sign.end() :].strip() or amount
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and figure is not None and figure.unit not in _EXAMPLES:
        amount = shown(value)
    what = tr(f"{shown(value)} 不是限值", f"{shown(value)} is not a limit")
    return what, tr(f'写成 "{operator} {amount}"；比较符：', f'write "{operator} {amount}"; operators: ') + " ".join(_COMPARE)


def _amount(operator: str, amount: str, figure: Figure) -> float:
    if figure.unit == "s":
        return _seconds(operator, amount, figure)
    if figure.unit == "yuan":
        return _yuan(operator, amount, figure)
    number = re.match(r"\d+(?:\.\d+)?", amount)
    if not _NUMBER.fullmatch(amount) or len(amount) > 15:
        what = tr(f'"{figure.name}" 没有单位，"{amount}" 不合适', f'"{figure.name}" has no unit, "{amount}" does not fit')
        raise at_door(what, _written(operator, number[0] if number else "8"))
    if figure.unit == "share" and float(amount) > 1:
        what = tr(f'"{figure.name}" 是 0 到 1 的比例', f'"{figure.name}" is a share from 0 to 1')
        raise at_door(what, _written(operator, f"{float(amount) / 100:g}" if float(amount) <= 100 else "0.85"))
    return float(amount)


def _seconds(operator: str, amount: str, figure: Figure) -> float:
    try:
        return duration_us(amount) / 1_000_000
    except UsageError:
        number = re.match(r"\d+(?:\.\d+)?", amount)
        what = tr(f'"{figure.name}" 是时长，"{amount}" 没有合适的单位', f'"{figure.name}" is a duration, "{amount}" has no unit of time')
        word = amount[number.end() :].strip() if number else ""
        unit = nearest(word, DURATION_UNITS) or "min"
        raise at_door(what, _written(operator, f"{number[0] if number else 15} {unit}")) from None


def _yuan(operator: str, amount: str, figure: Figure) -> float:
    try:
        return money_fen(amount) / 100
    except UsageError:
        number = re.match(r"\d+(?:\.\d{1,2})?", amount)
        what = tr(f'"{figure.name}" 是金额，"{amount}" 没有单位', f'"{figure.name}" is money, "{amount}" has no unit')
        raise at_door(what, _written(operator, f"{number[0] if number else 12} yuan")) from None


def _written(operator: str, amount: str) -> str:
    return tr(f'写成 "{operator} {amount}"', f'write "{operator} {amount}"')


def read_where(value: object, figure: Figure | None) -> Where:
    """The condition in "class == 一般", for the samples of `figure` (None: the figure is not known)."""
    match = _WHERE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise at_door(
            tr(f"{shown(value)} 不是条件", f"{shown(value)} is not a condition"),
            tr('写法如 "class == 一般"', 'write it like "class == 一般"'),
        )
    where = Where(*match.groups())
    if figure is not None and where.field not in figure.fields:
        what = tr(f'指标 "{figure.name}" 不能按 "{where.field}" 区分', f'figure "{figure.name}" does not know "{where.field}"')
        raise at_door(what, did_you_mean(where.field, figure.fields) or tr("删去 where", "remove where"))
    if where.field == "class" and figure is not None and "device" in figure.fields and where.value not in SEVERITIES:
        raise at_door(tr(f'没有故障等级 "{where.value}"', f'no fault class "{where.value}"'), did_you_mean(where.value, SEVERITIES))
    return where
