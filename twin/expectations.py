"""[[steady]] and [[expect]]: a figure of the day, the limit it must keep, and the clause that the limit comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema, field_validator

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES, Figure
from caixue.sla import clause_ids
from caixue.units import duration_us, money_fen
from caixue.verdict import Expectation
from caixue.where import Condition, parse_where
from twin.door import Table, at_door, likely_unit
from twin.problems import did_you_mean, shown

PROJECT = "project"  # the clause of limits that the project chose itself
SEVERITIES = ("一般", "较大", "重大")
OPERATORS = ("<=", ">=", "==", "!=", "<", ">")
_LIMIT = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*(\S.*?)\s*")
_SIGN = re.compile(r"[≤≥≠＜＞＝=<>]*")
_SLIPS = {"≤": "<=", "≥": ">=", "≠": "!=", "=<": "<=", "=>": ">=", "＜": "<", "＞": ">", "＝": "==", "=": "=="}
_EXAMPLES: Mapping[str, str] = {"s": "15 min", "yuan": "12 yuan", "share": "0.85"}
_LEADING = re.compile(r"\d+(?:\.\d+)?")
_FIELD = re.compile(r"\s*([\w-]+)\s*(?:==|!=)\s*\S")


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound on a figure; `value` is in seconds or yuan where the figure has that unit."""

    operator: str
    value: float
    text: str  # as people wrote it


def _read_figure(value: object) -> object:
    if isinstance(value, str) and value not in FIGURES:
        raise at_door(tr(f'没有指标 "{value}"', f'no figure "{value}"'), did_you_mean(value, tuple(FIGURES)))
    return value


def _read_clause(value: object) -> object:
    known = (*clause_ids(), PROJECT)
    if isinstance(value, str) and value not in known:
        raise at_door(tr(f'合同里没有条款 "{value}"', f'the contract has no clause "{value}"'), did_you_mean(value, known))
    return value


FigureName = Annotated[str, BeforeValidator(_read_figure), WithJsonSchema({"type": "string", "enum": list(FIGURES)})]
ClauseName = Annotated[str, BeforeValidator(_read_clause), WithJsonSchema({"type": "string", "enum": [*clause_ids(), PROJECT]})]
LimitField = Annotated[Limit, WithJsonSchema({"type": "string", "examples": ["<= 15 min", ">= 8", "== 0"]})]
WhereText = Annotated[str, WithJsonSchema({"type": "string", "examples": ["class == 一般"]})]


class Steady(Table):
    """What must hold just before the first [[fault]], else the run ends with exit code 3."""

    figure: FigureName
    limit: LimitField

    @field_validator("limit", mode="plain")
    @classmethod
    def _read_limit(cls, value: object, info: ValidationInfo) -> Limit:
        return read_limit(value, FIGURES.get(info.data.get("figure", "")))

    def expectation(self) -> Expectation:
        """The same, as the verdict takes it."""
        return Expectation(self.figure, self.limit.operator, self.limit.value, self.limit.text)


class Expect(Steady):
    """What the day must keep; `where` narrows the figure to some patients, labels or incidents."""

    where: WhereText = ""
    clause: ClauseName = PROJECT

    @field_validator("where", mode="plain")
    @classmethod
    def _read_where(cls, value: object, info: ValidationInfo) -> str:
        return read_where(value, FIGURES.get(info.data.get("figure", "")))

    def expectation(self) -> Expectation:
        """The same, as the verdict takes it."""
        return Expectation(self.figure, self.limit.operator, self.limit.value, self.limit.text, self.where, self.clause)

    def conditions(self) -> tuple[Condition, ...]:
        """What `where` asks for."""
        return parse_where(self.where, FIGURES[self.figure].table)


def read_limit(value: object, figure: Figure | None) -> Limit:
    """The limit in "<= 15 min" or ">= 8", in the unit of `figure` (None: the figure is not known)."""
    match = _LIMIT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise at_door(*_no_limit(value, figure))
    operator, amount = match.groups()
    if figure is not None and figure.unit == "list" and operator in ("==", "!="):
        what = tr(f'"{figure.name}" 是一列数，不能用 {operator}', f'"{figure.name}" is a list of numbers and takes no {operator}')
        raise at_door(what, _written("<=", amount))
    number = _amount(operator, amount, figure) if figure is not None else 0.0
    return Limit(operator, number, f"{operator} {amount}")


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
    operators = " ".join(OPERATORS)
    return what, _written(operator, amount) + tr(f"；比较符：{operators}", f"; operators: {operators}")


def _amount(operator: str, amount: str, figure: Figure) -> float:
    try:
        if figure.unit == "s":
            return duration_us(amount) / 1_000_000
        if figure.unit == "yuan":
            return money_fen(amount) / 100
    except UsageError:
        what = tr(f'"{figure.name}" 要有单位，"{amount}" 不合适', f'"{figure.name}" needs a unit, "{amount}" does not fit')
        raise at_door(what, _written(operator, _with_unit(amount, figure))) from None
    number = _LEADING.match(amount)
    if number is None or number[0] != amount or len(amount) > 15:
        what = tr(f'"{figure.name}" 没有单位，"{amount}" 不合适', f'"{figure.name}" has no unit, "{amount}" does not fit')
        raise at_door(what, _written(operator, _as_number(number[0] if number else "8", figure)))
    if figure.unit == "share" and float(amount) > 1:
        what = tr(f'"{figure.name}" 是 0 到 1 的比例', f'"{figure.name}" is a share from 0 to 1')
        raise at_door(what, _written(operator, _as_number(amount, figure)))
    return float(amount)


def _with_unit(amount: str, figure: Figure) -> str:
    """The amount with the unit that seems to be meant."""
    number = _LEADING.match(amount)
    if number is None:
        return _EXAMPLES[figure.unit]
    if figure.unit == "yuan":
        return f"{number[0]} yuan"
    return f"{number[0]} {likely_unit(amount[number.end() :].strip())}"


def _as_number(amount: str, figure: Figure) -> str:
    """The amount as a bare number; "85 %" of a share is 0.85."""
    if figure.unit != "share" or float(amount) <= 1:
        return amount
    return f"{float(amount) / 100:g}" if float(amount) <= 100 else _EXAMPLES["share"]


def _written(operator: str, amount: str) -> str:
    return tr(f'写成 "{operator} {amount}"', f'write "{operator} {amount}"')


def read_where(value: object, figure: Figure | None) -> str:
    """The text of a condition such as "class == 一般" that fits `figure` (None: the figure is not known)."""
    fields = figure.fields if figure is not None else ()
    if isinstance(value, str) and figure is not None and fields:
        _check_words(value, figure)
    elif isinstance(value, str) and figure is not None:
        what = tr(f'指标 "{figure.name}" 是整个采血室的，不能加条件', f'figure "{figure.name}" is about the whole room and takes no where')
        raise at_door(what, tr("删去 where", "remove where"))
    if not isinstance(value, str) or not _FIELD.match(value):
        what = tr(f"{shown(value)} 不是条件", f"{shown(value)} is not a condition")
        raise at_door(what, tr('写法如 "class == 一般"', 'write it like "class == 一般"'))
    return value.strip()


def _check_words(text: str, figure: Figure) -> None:
    for part in re.split(r"\s+and\s+", text):
        field = _FIELD.match(part)
        if field is not None and field[1] not in figure.fields:
            what = tr(f'指标 "{figure.name}" 不能按 "{field[1]}" 区分', f'figure "{figure.name}" does not know "{field[1]}"')
            raise at_door(what, did_you_mean(field[1], figure.fields))
    try:
        conditions = parse_where(text, figure.table)
    except UsageError as error:
        what = tr(f"{shown(text)} 不是条件", str(error))
        raise at_door(what, tr('写法如 "class == 一般"', 'write it like "class == 一般"')) from None
    for one in conditions:
        if figure.table == "incidents" and one.field == "class" and one.value not in SEVERITIES:
            raise at_door(tr(f'没有故障等级 "{one.value}"', f'no fault class "{one.value}"'), did_you_mean(one.value, SEVERITIES))
