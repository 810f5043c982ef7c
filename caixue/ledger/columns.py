"""Column types that mean the same on SQLite, Oracle, SQL Server and PostgreSQL.

Times are ISO 8601 text in UTC of one width, because no two of these databases agree on fractions and zones of a timestamp;
truth values are small integers, because Oracle before 23ai has no BOOLEAN; long text on SQL Server is NVARCHAR(max), not NTEXT;
names are compared there byte by byte, because by default it takes "a" and "A" for one name.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.engine import Dialect

from caixue.clock import SHANGHAI
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ledger.chain import width

_BYTEWISE = "Latin1_General_100_BIN2"


def _word(length: int) -> sa.Unicode:
    return sa.Unicode(length).with_variant(mssql.NVARCHAR(length, collation=_BYTEWISE), "mssql")


NAME, KIND = _word(200), _word(60)
BRIEF = _word(30)  # beside two names in one key: SQL Server's keys take 900 bytes
TEXT = sa.Unicode(2000)  # what people write; more would not fit into a column of Oracle
DIGEST, DAY = sa.String(64), sa.String(10)  # a day is ISO text, 2026-11-23
LONG = sa.UnicodeText().with_variant(mssql.NVARCHAR(None), "mssql")  # NVARCHAR(max)
WHOLE = sa.BigInteger()  # counts, microseconds, money in fen


class Instant(sa.TypeDecorator[datetime]):
    """An aware datetime, kept as `2026-11-23T00:30:00.000000Z`; text order is time order. Comes back in Shanghai time."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else text_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else instant_of(value)


class Flag(sa.TypeDecorator[bool]):
    """A truth value, kept as 0 or 1."""

    impl = sa.SmallInteger
    cache_ok = True

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return None if value is None else bool(value)


_PYTHON: tuple[tuple[type[Any], type[Any]], ...] = ((Instant, datetime), (Flag, int), (sa.String, str), (sa.Integer, int))


def kept(column: sa.Column[Any], value: Any) -> Any:
    """What is written for `value`: an empty text is NULL, because Oracle cannot tell them apart.

    Raises UsageError for what one of the databases could not take: another type, nothing where there must be something, a text too long for its column
    or with a NUL, a number beyond 64 bits.
    """
    if value is None or value == "":
        if not column.nullable:
            raise UsageError(tr(f"{column.table.name}.{column.name}：不能空着", f"{column.table.name}.{column.name} may not be empty"))
        return None
    wanted = next((python for kind, python in _PYTHON if isinstance(column.type, kind)), object)
    if not isinstance(value, wanted):
        raise UsageError(tr(f"{column.name}：存不下 {value!a}", f"{column.name} cannot hold {value!a}"))
    if isinstance(value, str):
        _check_text(column, value)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise UsageError(tr(f"{column.name}：数字太大 {value}", f"{column.name}: the number {value} is too large"))
    return value


def _check_text(column: sa.Column[Any], text: str) -> None:
    longest = getattr(column.type, "length", None)
    if longest is not None and width(text) > longest:
        raise UsageError(tr(f"{column.name}：最多 {longest} 个字，这里有 {width(text)}", f"{column.name}: at most {longest} characters, not {width(text)}"))
    if "\0" in text:
        raise UsageError(tr(f"{column.name}：含有不能保存的字符 NUL", f"{column.name} holds a NUL, which cannot be kept"))


def text_of(moment: datetime) -> str:
    """The text under which an aware instant is kept."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_of(text: str) -> datetime:
    """The instant of such a text, in Shanghai time."""
    return datetime.fromisoformat(text).astimezone(SHANGHAI)
