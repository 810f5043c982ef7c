"""Transcripts: a recording in words, turn by turn, with register and alarm names from the device's card.

Any bytes become a line; nothing fails on them. Printed text is told by its length alone, except label serials.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from caixue.drivers.card import DeviceCard
from caixue.drivers.jobs import STATES
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.link.recording import Direction, Header, Transfer
from caixue.opening import driver_classes
from caixue.wire.explain import Explainer, Names, explainer

TURN_GAP_US = 60_000  # bytes of one direction that follow each other within this time are one turn; docs/assumptions.md A-77


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said in one turn. `data` are the bytes of the whole turn, on its first line only.

    `private`: printed text stands somewhere in the turn, so its bytes are not shown unasked.
    """

    at_us: int
    device: str
    direction: Direction
    text: str
    data: bytes
    private: bool


def transcribe(header: Header, transfers: Iterable[Transfer]) -> Iterator[Line]:
    """The lines of a transcript, in the order in which the turns began."""
    explainers: dict[str, Explainer] = {}
    for turn in _turns(transfers):
        explain = explainers.get(turn.device) or explainers.setdefault(turn.device, _explainer(header, turn.device))
        said = explain(turn.direction, turn.data)
        private = any(one.private for one in said)
        for at, one in enumerate(said):
            yield Line(turn.at_us, turn.device, turn.direction, one.text, b"" if at else turn.data, private)


def as_text(line: Line, start: datetime, *, show_all: bool = False) -> str:
    """A line for people: clock time, device, arrow, words, and the bytes, which `show_all` shows even where text stands in them."""
    at = start + timedelta(microseconds=line.at_us)
    arrow = "→" if line.direction == ">" else "←"
    hex_text = line.data.hex(" ") if show_all or not line.private else ""
    return f"{at:%H:%M:%S.%f} {line.device} {arrow} {line.text}" + (f"  [{hex_text}]" if hex_text else "")


def as_json(line: Line, *, show_all: bool = False) -> str:
    """A line for programs, as one JSON object; `hex` is null where printed text stands in the bytes."""
    hidden = line.private and not show_all
    row = {"at_us": line.at_us, "device": line.device, "dir": line.direction, "text": line.text}
    return json.dumps({**row, "hex": None if hidden or not line.data else line.data.hex()}, ensure_ascii=False)


def names_of(card: DeviceCard) -> Names:
    """The words that a card has for its registers, codes and status bits."""
    alarms = {code: tr(alarm.zh, alarm.en) for code, alarm in card.alarms.items()}
    values = {("command", code): name for name, code in card.commands.items() if isinstance(code, int)}
    values |= {("alarm", code): words for code, words in alarms.items()}
    values |= {("state", code): name for code, name in enumerate(STATES)}
    return Names(_addresses(card.inputs), _addresses(card.holdings), values, alarms)


def _addresses(registers: Mapping[str, object]) -> dict[int, str]:
    return {address: name for name, register in registers.items() if isinstance(address := getattr(register, "address", None), int)}


def _explainer(header: Header, name: str) -> Explainer:
    device = header.device(name)
    driver = driver_classes().get(device.kind)
    names = names_of(driver.card) if driver is not None else Names()
    return explainer(device.protocol, names, framing=device.framing)


@dataclass(slots=True)
class _Turn:
    """Bytes of one device in one direction, without a longer gap."""

    first: Transfer
    pieces: list[bytes]
    last_us: int
    open: bool = True


def _turns(transfers: Iterable[Transfer]) -> Iterator[Transfer]:
    """Neighbouring transfers of one device and direction as one, in the order in which they began; damage ends the last ones."""
    begun: deque[_Turn] = deque()
    current: dict[str, _Turn] = {}
    try:
        for transfer in transfers:
            _add(transfer, begun, current)
            while not begun[0].open or transfer.at_us - begun[0].last_us > TURN_GAP_US:
                yield _joined(begun.popleft())
    except UsageError:
        yield from map(_joined, begun)
        raise
    yield from map(_joined, begun)


def _add(transfer: Transfer, begun: deque[_Turn], current: dict[str, _Turn]) -> None:
    """Put a transfer to its device's turn, or begin another."""
    turn = current.get(transfer.device)
    if turn is not None and turn.open and turn.first.direction == transfer.direction and transfer.at_us - turn.last_us <= TURN_GAP_US:
        turn.pieces.append(transfer.data)
        turn.last_us = transfer.at_us
        return
    if turn is not None:
        turn.open = False
    current[transfer.device] = turn = _Turn(transfer, [transfer.data], transfer.at_us)
    begun.append(turn)


def _joined(turn: _Turn) -> Transfer:
    turn.open, first = False, turn.first
    return Transfer(first.at_us, first.device, first.direction, b"".join(turn.pieces))
