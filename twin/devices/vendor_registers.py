"""A vendor's register layout over a model that knows only the profile's: what a mapped device shows and takes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from caixue.drivers.card import DeviceCard, Register
from caixue.drivers.registers import Place, RegisterMap
from caixue.errors import UsageError
from caixue.wire.modbus import READ_HOLDING


class VendorRegisters:
    """Registers that no point is mapped to do not exist, as at a device that refuses what its manual does not list.

    Those that the map reads along with others do, and are 0.
    """

    def __init__(self, registers: RegisterMap, card: DeviceCard) -> None:
        self._map = registers
        self._card = card
        self._commands = {code: card.commands[command] for command, code in registers.commands.items()}
        self._codes = {own: code for code, own in self._commands.items()}

    def read(self, function: int, first: int, count: int, inputs: Sequence[int], holdings: Sequence[int]) -> tuple[int, ...]:
        """These registers; empty when one of them does not exist."""
        found = self._shown(function, inputs, holdings)
        wanted = range(first, first + count)
        return tuple(found[address] for address in wanted) if all(address in found for address in wanted) else ()

    def writes(self, first: int, values: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
        """The profile's addresses and values of a write, the one with the command last; empty when a register does not exist."""
        left, found = dict(enumerate(values, first)), {}
        for name, place in self._map.holdings.items():
            addresses = range(place.address, place.address + place.words)
            if all(address in left for address in addresses):
                raw = place.decode([left.pop(address) for address in addresses])
                found[self._card.holdings[name].address] = self._own_code(raw) if name == "command" else raw
        return [] if left else sorted(_runs(found), key=lambda run: self._starts_a_job(*run))

    def _starts_a_job(self, address: int, values: Sequence[int]) -> bool:
        command = self._card.holdings["command"].address
        return address <= command < address + len(values)

    def _own_code(self, code: int) -> int:
        own = self._commands.get(code, 0)
        return own if isinstance(own, int) else 0

    def _shown(self, function: int, inputs: Sequence[int], holdings: Sequence[int]) -> dict[int, int]:
        blocks = [range(first, first + count) for kind, first, count in self._map.blocks if kind == function]
        found = {address: 0 for block in blocks for address in block}
        for name, place in self._map.inputs.items():
            if place.function == function:
                _show(found, place, _value(self._card.inputs[name], inputs))
        if function == READ_HOLDING:
            for name, place in self._map.holdings.items():
                value = _value(self._card.holdings[name], holdings)
                _show(found, place, self._codes.get(value, 0) if name == "command" else value)
        return found


def _value(register: Register, registers: Sequence[int]) -> int:
    value = 0
    for word in registers[register.address : register.address + register.words]:
        value = value << 16 | word
    return value


def _show(found: dict[int, int], place: Place, value: int) -> None:
    words: tuple[int, ...] = (0xFFFF,) * place.words  # a number too large for this vendor's register
    with suppress(UsageError):
        words = place.encode(value)
    found.update(enumerate(words, place.address))


def _runs(values: dict[int, int]) -> list[tuple[int, tuple[int, ...]]]:
    """Neighbouring addresses together."""
    runs: list[tuple[int, tuple[int, ...]]] = []
    for address, value in sorted(values.items()):
        if runs and runs[-1][0] + len(runs[-1][1]) == address:
            runs[-1] = (runs[-1][0], (*runs[-1][1], value))
        else:
            runs.append((address, (value,)))
    return runs
