"""ZPL II in words: formats command by command, field data masked, status replies flag by flag."""

from __future__ import annotations

import re

from caixue.errors import GarbledReply
from caixue.lang import tr
from caixue.wire import zpl
from caixue.wire.explain import SERIAL, Names, Said, masked, unexplained

_ASKED = {
    zpl.HOST_STATUS: ("问状态", "status?"),
    zpl.ERROR_STATUS: ("问错误", "errors?"),
    zpl.IDENTIFICATION: ("问型号", "model?"),
    zpl.ODOMETER: ("问里程", "mileage?"),
    zpl.CANCEL_ALL: ("取消全部作业", "cancel all jobs"),
    zpl.RESET: ("重启", "restart"),
    zpl.PAUSE: ("暂停", "pause"),
    zpl.RESUME: ("继续", "resume"),
}
_COMMAND = re.compile(rb"[\^~][A-Z@][A-Z0-9@]?")
_ARGUMENTS = re.compile(rb"[\w,.:@-]{0,40}\Z")  # of commands whose arguments are no text
_DATA = (b"^FD", b"^FV", b"^SN", b"^FX", b"^GF", b"~DG", b"~DY")  # they carry text or pictures


class ZplExplainer:
    """One line to a label printer."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def hear(self, direction: str, data: bytes) -> list[Said]:
        """What one turn says."""
        if direction == "<":
            return [self._reply(data)]
        pieces = [piece for piece in re.split(rb"(?=[\^~])|[\r\n]+", data) if piece]
        return [_said(piece) for piece in pieces] or [Said(tr("空行", "an empty line"))]

    def _reply(self, data: bytes) -> Said:
        try:
            return Said(tr("状态：", "status: ") + _host(zpl.host_status(data)))
        except GarbledReply:
            pass
        try:
            flags = zpl.error_flags(data)
        except GarbledReply:
            return unexplained(data)
        words = [text for flag, text in self._names.flags.items() if flags & flag]
        return Said(tr("错误：", "errors: ") + ("、".join(words) or tr("无", "none")))


def _host(status: zpl.HostStatus) -> str:
    words = [
        text
        for up, text in (
            (status.paper_out, tr("缺纸", "media out")),
            (status.paused, tr("已暂停", "paused")),
            (status.head_up, tr("打印头未合上", "head open")),
            (status.ribbon_out, tr("缺碳带", "ribbon out")),
            (status.over_temperature, tr("过热", "too hot")),
        )
        if up
    ]
    return "、".join(words) or tr("就绪", "ready")


def _said(piece: bytes) -> Said:
    if piece in _ASKED:
        return Said(tr(*_ASKED[piece]))
    found = _COMMAND.match(piece)
    if found is None:
        return unexplained(piece)
    command, rest = found[0], piece[found.end() :]
    name = command.decode("ascii")
    if command.startswith(_DATA) or not _ARGUMENTS.match(rest):
        plain = zpl.unescaped(rest)
        return Said(f"{name} {masked(plain)}", private=not SERIAL.match(plain))
    return Said(f"{name} {rest.decode('ascii', 'replace')}".strip())
