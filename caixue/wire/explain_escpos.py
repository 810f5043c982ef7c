"""ESC/POS in words: the commands of a receipt, the four status queries, and their answers bit by bit."""

from __future__ import annotations

from caixue.lang import tr
from caixue.wire.escpos import ANSWERS, XON_XOFF, starts_automatic_status
from caixue.wire.escpos_parser import first_item
from caixue.wire.explain import Names, Said, masked, unexplained

_COMMANDS = {
    b"\n": ("换行", "line feed"),
    b"\x1b@": ("初始化", "initialise"),
    b"\x1bJ": ("走纸", "feed"),
    b"\x1bd": ("走纸", "feed"),
    b"\x1bt": ("代码页", "code page"),
    b"\x1ba": ("对齐", "align"),
    b"\x1bE": ("加粗", "bold"),
    b"\x1b!": ("字体", "font"),
    b"\x1d!": ("字号", "size"),
    b"\x1c&": ("汉字模式", "Chinese mode"),
    b"\x1c.": ("退出汉字模式", "Chinese mode off"),
    b"\x1dV": ("切纸", "cut"),
    b"\x1dg": ("问计数", "counter?"),
    b"\x1da": ("自动状态", "automatic status"),
    b"\x1dr": ("问状态", "status?"),
    b"\x1dI": ("问型号", "model?"),
    b"\x1bp": ("钱箱", "drawer"),
}
# They carry text or a drawn picture of it.
_PRIVATE = {
    b"\x1dv": ("点阵图", "raster picture"),
    b"\x1b*": ("点阵图", "picture"),
    b"\x1dk": ("条码", "bar code"),
    b"\x1d(": ("二维码或设置", "symbol or setting"),
    b"\x1d8": ("图形", "graphics"),
    b"\x1d*": ("点阵图", "picture"),
}
_QUERIES = (("打印机", "printer"), ("脱机原因", "cause of offline"), ("错误原因", "cause of error"), ("纸", "paper"))


class EscPosExplainer:
    """One line to a receipt printer."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._asked = 0  # n of the last DLE EOT n

    def hear(self, direction: str, data: bytes) -> list[Said]:
        """What one turn says; neighbouring items of the same kind are told once with their number."""
        return _counted(self._items(data)) if direction == ">" else [self._reply(data)]

    def _items(self, data: bytes) -> list[Said]:
        said = []
        while data:
            item = first_item(data)
            size = item.size or len(data)
            said.append(self._item(item.name, data[:size], whole=bool(item.size)))
            data = data[size:]
        return said

    def _item(self, name: bytes, data: bytes, *, whole: bool) -> Said:
        if not whole:
            return Said(tr(f"{len(data)} 字节，命令未完", f"{len(data)} bytes of an unfinished command"), private=True)
        if not name:
            return Said(masked(data), private=True)
        if name == b"\x10\x04" and len(data) == 3 and 1 <= data[2] <= 4:
            self._asked = data[2]
            return Said(tr("问：", "asks: ") + tr(*_QUERIES[data[2] - 1]))
        if name in _PRIVATE:
            return Said(f"{tr(*_PRIVATE[name])} {len(data)} {tr('字节', 'bytes')}", private=True)
        return Said(tr(*_COMMANDS[name]) if name in _COMMANDS else name.hex(" "))

    def _reply(self, data: bytes) -> Said:
        if data in ANSWERS and self._asked:
            return Said(f"{tr(*_QUERIES[self._asked - 1])}{tr('：', ': ')}{self._status(data[0])}")
        if len(data) == 4 and starts_automatic_status(data[:1]):
            return Said(tr("自动状态 ", "automatic status ") + data.hex(" "))
        if data in XON_XOFF:
            return Said("XON" if data == b"\x11" else "XOFF")
        return unexplained(data)

    def _status(self, status: int) -> str:
        words = [text for flag, text in self._names.flags.items() if flag >> 8 == self._asked and status & flag & 0xFF]
        return "、".join(dict.fromkeys(words)) or (tr("正常", "well") if status == 0x12 else f"{status:02x}")


def _counted(items: list[Said]) -> list[Said]:
    """Runs of equal items as one, so that a receipt stays readable."""
    found: list[Said] = []
    run = 0
    for at, item in enumerate(items):
        run += 1
        if at + 1 == len(items) or items[at + 1] != item:
            found.append(item if run == 1 else Said(f"{item.text} ×{run}", item.private))
            run = 0
    return found
