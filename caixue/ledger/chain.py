"""The hash chain: what one entry says, and how it hangs on the one before. Pure; knows no database.

The hash of an entry covers the hash before it and the whole text of the entry, so that an edited, removed, added or exchanged
entry breaks the chain. It is no signature: whoever can rewrite every entry and every copy of the head can write another chain.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event, from_json
from caixue.lang import tr

GENESIS = "0" * 64
LONGEST_NAME, LONGEST_KIND, LONGEST_BODY, DEEPEST = 200, 60, 60_000, 20
_KIND = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
# Control characters but tab and line break, what turns the direction of writing, other line ends, and halves of surrogate pairs.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the ledger: an event, who was allowed to note it, and the computer's own time."""

    event: Event
    op: str  # the operation that it belongs to; unique
    role: str  # of the actor when it was noted
    wall: str  # what the computer's clock said

    def body(self) -> str:
        """The text that is kept and hashed."""
        words = (_quoted(self.op), _quoted(self.role), _quoted(self.wall))
        return f'{{"op":{words[0]},"role":{words[1]},"wall":{words[2]},"event":{self.event.to_json()}}}'


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as the database holds it: columns to search by, the text, and its hash."""

    seq: int
    op: str
    kind: str
    subject: str
    actor: str
    role: str
    at: str
    body: str
    hash: str


def digest(previous: str, body: str) -> str:
    """The hash of an entry with this text, after the entry with that hash."""
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def entry_of(body: str) -> Entry:
    """The entry with this text. Raises UsageError when the text is not exactly what such an entry would write."""
    try:
        row: dict[str, Any] = json.loads(body)
        entry = Entry(from_json(json.dumps(row["event"])), row["op"], row["role"], row["wall"])
        whole = all(isinstance(word, str) for word in (entry.op, entry.role, entry.wall)) and entry.body() == body
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"not an entry: {str(body)[:80]!r}") from error
    if not whole:
        raise UsageError(f"not an entry: {body[:80]!r}")
    return entry


def width(text: str) -> int:
    """How many places a text takes in a column: UTF-16 units, as Oracle's and SQL Server's national character sets count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def part_of(op: str, number: int) -> str:
    """The name of the entry `number` (from 0) of an operation."""
    return op if number == 0 else f"{op}#{number}"


def alone(seq: int) -> str:
    """The name of an entry that belongs to no operation."""
    return f"seq-{seq}"


def check_op(op: str) -> None:
    """Raises UsageError for an operation id that cannot be kept, or could be taken for a name that the ledger itself gives."""
    if op:
        _check_word("op", op)
    if "#" in op or op.startswith("seq-"):
        raise UsageError(tr(f"操作号不能含 #，也不能以 seq- 开头：{op}", f"an operation id holds no # and does not begin with seq-: {op}"))


def check_words(event: Event, op: str) -> Event:
    """The event as it will be read from the ledger.

    Raises UsageError for what a database or a reader of the ledger could not take: overlong text, control characters, half
    characters, NaN, what is no JSON.
    """
    for what, word in (("subject", event.subject), ("actor", event.actor), ("op", op)):
        _check_word(what, word)
    if _KIND.fullmatch(event.kind) is None or len(event.kind) > LONGEST_KIND:
        raise UsageError(tr(f"不是事件种类：{event.kind!a}", f"no kind of event: {event.kind!a}"))
    _check_data(event.data)
    return _read_back(event)


def _check_word(what: str, word: str) -> None:
    if not word or width(word) > LONGEST_NAME:
        raise UsageError(
            tr(f"{what} 要有 1 到 {LONGEST_NAME} 个字符，这里是 {width(word)} 个", f"{what} needs 1 to {LONGEST_NAME} characters, not {width(word)}")
        )
    if word != word.strip():
        raise UsageError(tr(f"{what} 的首尾不能是空格：{word!r}", f"{what} may not begin or end with a space: {word!r}"))
    if not word.isprintable():
        raise UsageError(tr(f"{what} 里有不可显示的字符：{word!a}", f"{what} holds characters that cannot be shown: {word!a}"))


def _check_data(data: Any, depth: int = 0) -> None:
    """Raises UsageError for text that would steer a terminal or turn the reading direction round, and for data within data without end."""
    if depth > DEEPEST:
        raise UsageError(tr(f"记录的数据嵌套超过 {DEEPEST} 层", f"the record's data are nested more than {DEEPEST} deep"))
    if isinstance(data, str):
        bad = _HOSTILE.search(data)
        if bad is not None:
            raise UsageError(tr(f"文字里有控制字符 {bad[0]!a}：{data[:80]!a}", f"a text holds the control character {bad[0]!a}: {data[:80]!a}"))
    elif isinstance(data, Mapping):
        for key, value in data.items():
            _check_data(key, depth + 1)
            _check_data(value, depth + 1)
    elif isinstance(data, list | tuple):
        for value in data:
            _check_data(value, depth + 1)


def _read_back(event: Event) -> Event:
    """The event as it will be read from the ledger. Raises UsageError for one that could not be read or would be another."""
    try:
        text = event.to_json()
        length, found = len(text.encode("utf-8")), from_json(text)
        same = found.to_json() == text
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(tr(f"记录的数据写不成 JSON：{error}", f"the record's data cannot be written as JSON: {error}")) from None
    if not same:
        raise UsageError(tr("记录的数据读回来会不一样：键有重复", "the record's data would be read back differently: a key stands twice"))
    if length > LONGEST_BODY:
        raise UsageError(
            tr(f"一条记录最多 {LONGEST_BODY} 字节，这里是 {length}", f"a record takes at most {LONGEST_BODY} bytes, not {length}")
        )
    return found


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain is wrong, and how."""

    seq: int
    zh: str
    en: str

    def __str__(self) -> str:
        return tr(f"第 {self.seq} 条：{self.zh}", f"entry {self.seq}: {self.en}")


def breaks(rows: Iterable[Row], columns_of: Any, previous: str = GENESIS, expected: int = 0) -> Iterable[Break]:
    """Everything that is wrong with these rows in order, of which the first must have the number `expected` and follow the hash `previous`.

    By default they must be the whole ledger. `columns_of(entry)` gives what the columns must say.
    """
    for row in rows:
        if row.seq != expected:
            yield Break(expected, f"缺失，后面是第 {row.seq} 条", f"missing; {row.seq} follows")
        if row.hash != digest(previous, row.body):
            yield Break(row.seq, "散列不符：这一条或前一条被改过", "its hash does not fit: this or the one before was changed")
        yield from _columns(row, columns_of)
        previous, expected = row.hash, row.seq + 1


def _columns(row: Row, columns_of: Any) -> Iterable[Break]:
    try:
        entry = entry_of(row.body)
    except UsageError:
        yield Break(row.seq, "内容不是一条记录", "its text is no entry")
        return
    if entry.event.seq != row.seq:
        yield Break(row.seq, f"内容是第 {entry.event.seq} 条的", f"its text is that of entry {entry.event.seq}")
    for name, wanted in columns_of(entry).items():
        if getattr(row, name) != wanted:
            yield Break(row.seq, f"列 {name} 与内容不符", f"column {name} disagrees with the text")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
