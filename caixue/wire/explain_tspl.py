"""TSPL in words: commands, immediate commands, and the status byte bit by bit."""

from __future__ import annotations

import re

from caixue.lang import tr
from caixue.wire.explain import SERIAL, Names, Said, masked, unexplained
from caixue.wire.tspl import MILEAGE_QUERY, PRINTING, CommandStream, parse_line

_IMMEDIATE = {
    ord("?"): ("问状态", "status?"),
    ord("S"): ("问长状态", "long status?"),
    ord("."): ("取消作业", "cancel jobs"),
    ord("R"): ("重启", "restart"),
    ord("P"): ("暂停", "pause"),
    ord("O"): ("继续", "resume"),
}
# Commands whose arguments are never text that gets printed.
_PLAIN = frozenset({"SIZE", "GAP", "BLINE", "DIRECTION", "CODEPAGE", "SET", "CLS", "PRINT", "DENSITY", "SPEED", "OFFSET", "SHIFT", "HOME", "FEED"})
_NUMBER = re.compile(rb"[-+]?[\d.]{1,6}( mm| dot)?\Z")


class TsplExplainer:
    """One line to a label printer. An unfinished command line waits for its rest."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._stream = CommandStream()

    def hear(self, direction: str, data: bytes) -> list[Said]:
        """What one turn says."""
        if direction == "<":
            return [self._reply(data)]
        said = [_immediate(item) if isinstance(item, int) else _command(item) for item in self._stream.feed(data)]
        return said or [Said(tr(f"{len(data)} 字节，命令未完", f"{len(data)} bytes of an unfinished command"), private=True)]

    def _reply(self, data: bytes) -> Said:
        if len(data) == 1:
            return Said(tr("状态：", "status: ") + self._status(data[0]))
        if len(data) == 8 and data[0] == 2:
            return Said(tr(f"长状态 {data[1:6].hex(' ')}", f"long status {data[1:6].hex(' ')}"))
        if re.match(rb"\d{1,9}\r\n?\Z", data):
            return Said(tr(f"里程 {int(data)} km", f"{int(data)} km"))
        return unexplained(data)

    def _status(self, status: int) -> str:
        words = [text for bit, text in self._names.flags.items() if status & bit]
        words += [tr("打印中", "printing")] if status & PRINTING else []
        return "、".join(words) or (tr("就绪", "ready") if not status else f"{status:02x}")


def _immediate(code: int) -> Said:
    return Said(tr(*_IMMEDIATE[code]) if code in _IMMEDIATE else f"<ESC>!{code:02x}")


def _command(line: bytes) -> Said:
    if line.startswith(MILEAGE_QUERY):
        return Said(tr("问里程", "mileage?"))
    command = parse_line(line)
    if not re.match(r"[A-Z]{2,12}\Z", command.name):
        return unexplained(line)
    plain = command.name in _PLAIN
    shown = [one.decode("ascii", "replace") if plain or _NUMBER.match(one) else masked(one) for one in command.arguments]
    private = not plain and any(not _NUMBER.match(one) and not SERIAL.match(one) for one in command.arguments)
    return Said(" ".join([command.name, ",".join(shown)]).strip(), private)
