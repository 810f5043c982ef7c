"""Quantities as people write them ("12 min", "07:00-12:00", "12 yuan") and as the code holds them (integers)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

US_PER_MINUTE = 60_000_000
US_PER_DAY = 1440 * US_PER_MINUTE
MAXIMUM_US = 2**63 - 1

# The unit that format_duration writes comes first; the largest unit is on top.
_UNITS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (US_PER_DAY, ("d", "day", "days", "天", "日")),
    (60 * US_PER_MINUTE, ("h", "hour", "hours", "小时", "时")),
    (US_PER_MINUTE, ("min", "minute", "minutes", "分钟", "分")),
    (1_000_000, ("s", "sec", "second", "seconds", "秒", "秒钟")),
    (1_000, ("ms", "毫秒")),
    (1, ("us", "μs", "微秒")),
)
_SIZE_US: Mapping[str, int] = {word: size for size, words in _UNITS for word in words}
_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([^\W\d_]+)")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
_MONEY = re.compile(r"([0-9]+(?:\.[0-9]{1,2})?)\s*(?:yuan|元)")


def duration_us(text: object, *, signed: bool = False) -> int:
    """The microseconds in "12 min", "1.5 h", "1 h 30 min" or "110 秒", exactly.

    Raises UsageError for a bare number, an unknown unit, anything finer than a microsecond or outside 64 bits,
    and for a negative duration unless `signed`. A leading "+" is allowed.
    """
    plain = _plain(text, tr("时长", "duration"), ("s", "min"))
    negative = plain.startswith("-")
    if negative and not signed:
        raise UsageError(tr(f"{text!r}：时长不能为负", f"{text!r}: a duration cannot be negative"))
    total = _sum_parts(plain.removeprefix("-").removeprefix("+"), text)
    if total > MAXIMUM_US:
        raise UsageError(tr(f"{text!r}：太长，最多 292,000 年", f"{text!r}: too long; at most 292,000 years"))
    return -total if negative else total


def _plain(text: object, what: str, units: tuple[str, ...]) -> str:
    """The text in one form (full-width digits made plain); a bare number is refused with the way to write it."""
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        raise _bare(repr(text), str(text), units)
    if not isinstance(text, str):
        raise _other(text, what, f'"12 {units[0]}"')
    plain = unicodedata.normalize("NFKC", text).strip()
    if _NUMBER.fullmatch(plain):
        raise _bare(f'"{text}"', plain, units)
    return plain


def _bare(shown: str, number: str, units: tuple[str, ...]) -> UsageError:
    ways = tr(" 或 ", " or ").join(f'"{number} {unit}"' for unit in units)
    return UsageError(tr(f"{shown} 没有单位：写成 {ways}", f"{shown} has no unit: write {ways}"))


def _other(text: object, what: str, ways: str) -> UsageError:
    return UsageError(tr(f"{text!r} 不是{what}：写法如 {ways}", f"{text!r} is not a {what}: write it like {ways}"))


def _sum_parts(plain: str, text: object) -> int:
    total, position, smallest = 0, 0, MAXIMUM_US
    while position < len(plain) or not position:
        match = _PART.match(plain, position)
        if match is None:
            raise _other(text, tr("时长", "duration"), tr('"12 min" 或 "1.5 h"', '"12 min" or "1.5 h"'))
        size = _unit_size(match[2], text)
        if size >= smallest:
            raise UsageError(tr(f"{text!r}：大的单位写在前面，各写一次", f"{text!r}: write larger units first, each once"))
        total, position, smallest = total + _exact(match[1], size, text), match.end(), size
    return total


def _unit_size(word: str, text: object) -> int:
    size = _SIZE_US.get(word) or _SIZE_US.get(word.lower())
    if size is None:
        units = ", ".join(words[0] for _, words in _UNITS)
        what = tr(f"{text!r}：没有单位 {word!r}（可用：{units}）", f"{text!r}: unknown unit {word!r} (units: {units})")
        raise UsageError(what + nearest(word, _SIZE_US))
    return size


def _exact(number: str, size: int, text: object) -> int:
    if len(number) > 40:
        raise UsageError(tr(f"{str(text)[:60]!r}：位数太多", f"{str(text)[:60]!r}: too many digits for a duration"))
    whole, _, decimals = number.partition(".")
    count = int(whole + decimals) * size
    per_unit = int(10 ** len(decimals))
    if count % per_unit:
        raise UsageError(tr(f"{text!r}：最细到微秒", f"{text!r} is finer than a microsecond"))
    return count // per_unit


def format_duration(us: int) -> str:
    """The same duration as people write it: "12 min", "1 h 30 min", "2.5 s"; `duration_us` reads it back exactly."""
    if us < 0:
        return "-" + format_duration(-us)
    parts = []
    for size, words in _UNITS[:3]:
        count, us = divmod(us, size)
        if count:
            parts.append(f"{count} {words[0]}")
    if us or not parts:
        parts.append(_format_seconds(us, alone=not parts))
    return " ".join(parts)


def _format_seconds(us: int, *, alone: bool) -> str:
    if alone and 0 < us < 1_000_000:
        return f"{us // 1000} ms" if us % 1000 == 0 else f"{us} us"
    return f"{Decimal(us).scaleb(-6):f}".rstrip("0").rstrip(".") + " s" if us else "0 s"


def money_fen(text: object) -> int:
    """The fen (1/100 yuan) in "12 yuan" or "0.35 元"; raises UsageError for a bare number or anything else."""
    match = _MONEY.fullmatch(_plain(text, tr("金额", "sum of money"), (tr("元", "yuan"),)))
    if match is None:
        raise _other(text, tr("金额", "sum of money"), tr('"12 元" 或 "0.35 元"', '"12 yuan" or "0.35 yuan"'))
    return _exact(match[1], 100, text)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A part of one day, in microseconds after midnight; the end is outside, 24:00 is the latest end."""

    start_us: int
    end_us: int

    def __str__(self) -> str:
        return f"{_clock_text(self.start_us)}-{_clock_text(self.end_us)}"


def day_span(text: object) -> DaySpan:
    """The span in "07:00-12:00"; raises UsageError unless both are times of one day and the end comes after the start."""
    plain = unicodedata.normalize("NFKC", text).replace("–", "-").replace(" ", "") if isinstance(text, str) else ""
    match = _SPAN.fullmatch(plain)
    if match is None:
        raise _other(text, tr("一天中的时段", "span of a day"), '"07:00-12:00"')
    start_h, start_m, end_h, end_m = map(int, match.groups())
    start, end = start_h * 60 + start_m, end_h * 60 + end_m
    if start_m > 59 or end_m > 59 or not start < end <= 1440:
        raise UsageError(tr(f"{text!r}：要在一天之内，先始后终", f"{text!r}: the times must be of one day, the end after the start"))
    return DaySpan(start * US_PER_MINUTE, end * US_PER_MINUTE)


def day_spans(text: object) -> tuple[DaySpan, ...]:
    """The spans in "07:00-09:30, 09:40-12:00", one after the other with breaks between; raises UsageError for others."""
    parts = unicodedata.normalize("NFKC", text).replace("、", ",").split(",") if isinstance(text, str) else [text]
    spans = tuple(day_span(part) for part in parts)
    if any(later.start_us <= earlier.end_us for earlier, later in pairwise(spans)):
        what = tr("每段要在前一段结束之后开始", "each span must begin after the one before it has ended")
        raise UsageError(f"{text!r}: {what}")
    return spans


def _clock_text(us: int) -> str:
    hours, minutes = divmod(us // US_PER_MINUTE, 60)
    return f"{hours:02d}:{minutes:02d}"


def nearest(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """A hint such as "; did you mean 'min'?" for a misspelt word, or nothing when no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return tr(f"；是不是想写 {close[0]!r}？", f"; did you mean {close[0]!r}?") if close else ""


class _AtTheDoor:
    """Lets pydantic read a field with one of the functions above; its UsageError becomes a validation error with its place."""

    def __init__(self, read: Callable[[object], Any]) -> None:
        self._read = read

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string"}

    def _validate(self, value: object) -> Any:
        from pydantic_core import PydanticCustomError

        try:
            return self._read(value)
        except UsageError as error:
            raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from None


DurationUs = Annotated[int, _AtTheDoor(duration_us)]
MoneyFen = Annotated[int, _AtTheDoor(money_fen)]
DaySpanField = Annotated[DaySpan, _AtTheDoor(day_span)]
