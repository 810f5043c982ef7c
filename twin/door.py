"""The kinds of value in files that people write: "12 min" becomes integer microseconds, a bare number is refused.

A value that cannot be right raises a pydantic error whose context carries a hint; `twin.scenario` gives it its line.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import US_PER_DAY, DaySpan, day_span, day_spans, duration_us
from twin.problems import shown

DURATION_UNITS = ("d", "h", "min", "s", "ms")
_INITIALS = {"d": "d", "h": "h", "m": "min", "s": "s"}
MAXIMUM_RUN_US = 1000 * US_PER_DAY


def at_door(what: str, hint: str = "", *key: str | int) -> PydanticCustomError:
    """The error of a value that cannot be right; `key` leads from the value or table to the part that is wrong."""
    return PydanticCustomError("door", "{what}", {"what": what, "hint": hint, "key": key})


def _duration(value: object) -> int:
    """A duration from zero up; a leading "+" is allowed."""
    if not isinstance(value, str):
        raise at_door(*_no_duration(value))
    try:
        return duration_us(value)
    except UsageError as error:
        raise at_door(*_bad_duration(value, str(error))) from None


def _no_duration(value: object) -> tuple[str, str]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        example = shown(value)
        return tr(f"{example} 没有单位", f"{example} has no unit"), tr(
            f'写成 "{example} min" 或 "{example} s"', f'write "{example} min" or "{example} s"'
        )
    return tr(f"{shown(value)} 不是时长", f"{shown(value)} is not a duration"), tr('写法如 "12 min"', 'write it like "12 min"')


def _bad_duration(value: str, english: str) -> tuple[str, str]:
    match = re.fullmatch(r"\s*([+-]?\d+(?:\.\d+)?)\s*([^\W\d]*)\s*", value)
    what = tr(f"{shown(value)} 不是时长", english)
    if match is None:
        return what, tr('写法如 "12 min"、"1.5 h"、"110 s"', 'write it like "12 min", "1.5 h" or "110 s"')
    number, word = match.groups()
    if number.startswith("-"):
        return what, tr(
            f'时长不能为负：写成 "{number[1:]} {word or "min"}"', f'no negative durations: write "{number[1:]} {word or "min"}"'
        )
    if not word:
        return tr(f"{shown(value)} 没有单位", english), tr(f'写成 "{number} min" 或 "{number} s"', f'write "{number} min" or "{number} s"')
    unit = likely_unit(word)
    return what, tr(f'是不是想写 "{number} {unit}"？单位：', f'did you mean "{number} {unit}"? units: ') + ", ".join(DURATION_UNITS)


def likely_unit(word: str) -> str:
    """The unit of time that somebody means who writes "hrs", "secs" or "msec"."""
    plain = word.casefold()
    return "ms" if plain.startswith(("ms", "mil")) else _INITIALS.get(plain[:1], "min")


def _above_zero(value: int) -> int:
    if value <= 0:
        raise at_door(tr("时长必须大于零", "the duration must be above zero"), tr('写法如 "12 min"', 'write it like "12 min"'))
    return value


def _run_length(value: object) -> int:
    us = _above_zero(_duration(value))
    if us > MAXIMUM_RUN_US:
        raise at_door(tr("一次运行最长 1000 天", "a run lasts at most 1000 days"), tr('写法如 "6 h"', 'write it like "6 h"'))
    return us


def _text_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


Duration = Annotated[int, PlainValidator(lambda value: _above_zero(_duration(value))), _text_schema("12 min")]
DurationOrZero = Annotated[int, PlainValidator(_duration), _text_schema("+45 min")]
RunLength = Annotated[int, PlainValidator(_run_length), _text_schema("6 h")]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(gt=0, le=1000)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, pattern=r"^[^\s/]+$")]


class Table(BaseModel):
    """Base of all tables: unknown keys are errors, types are meant, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_spans(value: object, *key: str) -> tuple[DaySpan, ...]:
    """One or more parts of a day, separated by commas."""
    try:
        return day_spans(value)
    except UsageError:
        what = tr(f"{shown(value)} 不是一天中的时段", f"{shown(value)} is not parts of one day")
        hint = tr('写法如 "07:00-12:00" 或 "07:00-09:30, 09:40-12:00"', 'write it like "07:00-12:00" or "07:00-09:30, 09:40-12:00"')
        raise at_door(what, hint, *key) from None


def read_span(value: object, *key: str) -> DaySpan:
    try:
        return day_span(value)
    except UsageError:
        what = tr(f"{shown(value)} 不是一天中的时段", f"{shown(value)} is not a part of one day")
        raise at_door(what, tr('写法如 "07:00-12:00"，先早后晚', 'write it like "07:00-12:00", the earlier time first'), *key) from None
