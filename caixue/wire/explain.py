"""What bytes on a wire say, in words: one explainer a protocol, found by the protocol's name on the device's card.

An explainer takes any bytes and never fails. Printed text is never repeated, except label serials: it may be a person's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from caixue.lang import tr

SERIAL = re.compile(rb"\d{12}\Z")  # YYMMDD and six digits: caixue.tubes.SerialNumbers


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said. `private`: printed text stood in it, so its bytes are not shown unasked."""

    text: str
    private: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Words for numbers, as the device's card has them."""

    inputs: Mapping[int, str] = field(default_factory=dict)  # register address → name
    holdings: Mapping[int, str] = field(default_factory=dict)
    values: Mapping[tuple[str, int], str] = field(default_factory=dict)  # (register name, value) → words
    flags: Mapping[int, str] = field(default_factory=dict)  # bits of a status → words


Explainer: TypeAlias = Callable[[str, bytes], list[Said]]  # direction and all bytes of one turn → what they say


def masked(data: bytes) -> str:
    """Printed text as a transcript may show it: a serial as it is, anything else only by its length."""
    if SERIAL.match(data):
        return data.decode("ascii")
    return tr(f"〈文字 {len(data)} 字节〉", f"<text, {len(data)} bytes>")


def unexplained(data: bytes) -> Said:
    """Bytes that mean nothing here; they may hold text."""
    return Said(tr(f"{len(data)} 字节，未识别", f"{len(data)} bytes, not understood"), private=any(byte >= 0x20 for byte in data))


def explain_nothing(direction: str, data: bytes) -> list[Said]:
    """The explainer of a protocol that nobody has described here."""
    return [unexplained(data)]


def explainer(protocol: str, names: Names, *, framing: str = "") -> Explainer:
    """A new explainer for one line that speaks `protocol`, a name as on device cards; Modbus by its framing, "rtu" or "mbap"."""
    from caixue.wire.explain_escpos import EscPosExplainer
    from caixue.wire.explain_lines import LinesExplainer
    from caixue.wire.explain_modbus import ModbusExplainer
    from caixue.wire.explain_tspl import TsplExplainer
    from caixue.wire.explain_zpl import ZplExplainer

    if framing or protocol.startswith("Modbus"):
        return ModbusExplainer(names, mbap=framing == "mbap" or (not framing and "TCP" in protocol)).hear
    makers: Mapping[str, Callable[[Names], Explainer]] = {
        "TSPL": lambda names: TsplExplainer(names).hear,
        "ZPL II": lambda names: ZplExplainer(names).hear,
        "ESC/POS": lambda names: EscPosExplainer(names).hear,
        "ASCII lines": lambda names: LinesExplainer(names).hear,
        "Megatec Q1": lambda names: LinesExplainer(names).hear,
    }
    maker = makers.get(protocol)
    return maker(names) if maker is not None else explain_nothing
