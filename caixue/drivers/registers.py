"""Where a device keeps the points of its kind: at the registers of the open profile, or at those of a vendor, as a site maps them.

A point is a number that has a name on the card, such as `state` or `completed`. A map says how it is read and written with as
few exchanges as its addresses allow. How vendors' devices take a job is assumed: docs/assumptions.md A-94.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from caixue.drivers.card import DeviceCard
from caixue.errors import UsageError
from caixue.link.modbus import ModbusClient
from caixue.wire.modbus import MOST_READ, READ_HOLDING, READ_INPUT

UNKNOWN = 0xFFFF  # what a vendor's value reads as that the map does not list: a state of fault, an alarm without a name
LAST_CHANGED = "completed"  # read first, so that all else that was read is at least as new


@dataclass(frozen=True, slots=True)
class Place:
    """Where one point is, and how its registers become the profile's number: listed `values`, else times `scale`, rounded."""

    function: int  # READ_INPUT or READ_HOLDING
    address: int
    words: int = 1
    low_first: bool = False  # of two words, the low one comes first
    scale: float = 1.0
    values: Mapping[int, int] = field(default_factory=dict)  # the vendor's number → the profile's

    def decode(self, registers: Sequence[int]) -> int:
        """The profile's number in these registers."""
        raw = 0
        for word in reversed(registers) if self.low_first else registers:
            raw = raw << 16 | word
        return self.values.get(raw, UNKNOWN) if self.values else round(raw * self.scale)

    def encode(self, value: int) -> tuple[int, ...]:
        """The registers for the profile's number. Raises UsageError when they cannot hold it."""
        if self.words == 1 and self.scale == 1.0 and not self.values and 0 <= value <= 0xFFFF:
            return (value,)
        raw = next((raw for raw, known in self.values.items() if known == value), UNKNOWN) if self.values else round(value / self.scale)
        if not 0 <= raw < 1 << 16 * self.words:
            raise UsageError(f"{value} does not fit the register at {self.address}: {raw} counts")
        words = tuple(raw >> 16 * place & 0xFFFF for place in range(self.words))
        return words if self.low_first else words[::-1]


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """All points of one kind of device. `name` is the site's name for the map, empty for the profile's own registers."""

    kind: str
    inputs: Mapping[str, Place]
    holdings: Mapping[str, Place]
    commands: Mapping[str, int]  # command → code to write
    name: str = ""
    constants: Mapping[str, int] = field(default_factory=dict)  # inputs that this device does not have
    blocks: tuple[tuple[int, int, int], ...] = ()  # function, address and count of each read, in their order
    runs: tuple[tuple[int, tuple[str, ...]], ...] = ()  # address and holdings of each write, in their order
    starts: tuple[tuple[str, int, Place | None], ...] = ()  # input, where it begins in what was read; None: it is that register

    def read(self, client: ModbusClient) -> tuple[int, ...]:
        """All blocks, one after the other. Raises what the client raises."""
        found: tuple[int, ...] = ()
        for function, address, count in self.blocks:
            found += client.read_inputs(address, count) if function == READ_INPUT else client.read_holdings(address, count)
        return found

    def values(self, registers: Sequence[int]) -> dict[str, int]:
        """The profile's numbers in what `read` gave."""
        found = dict(self.constants)
        for name, start, place in self.starts:
            found[name] = registers[start] if place is None else place.decode(registers[start : start + place.words])
        return found

    def writes(self, values: Mapping[str, int]) -> list[tuple[int, tuple[int, ...]]]:
        """Address and registers of each write that sets these holdings; the one with the command comes last."""
        return [(address, tuple(word for name in names for word in self.holdings[name].encode(values[name]))) for address, names in self.runs]


def register_map(
    kind: str,
    inputs: Mapping[str, Place],
    holdings: Mapping[str, Place],
    commands: Mapping[str, int],
    *,
    name: str = "",
    constants: Mapping[str, int] | None = None,
    gap: int = 0,
) -> RegisterMap:
    """A map with its exchanges planned. Up to `gap` registers between two points are read along with them."""
    blocks = _blocks(inputs, gap)
    return RegisterMap(kind, inputs, holdings, commands, name, constants or {}, blocks, _runs(holdings), _starts(inputs, blocks))


def profile_map(card: DeviceCard) -> RegisterMap:
    """The registers as the card's own profile has them."""
    inputs = {name: Place(READ_INPUT, register.address, register.words) for name, register in card.inputs.items()}
    holdings = {name: Place(READ_HOLDING, register.address, register.words) for name, register in card.holdings.items()}
    commands = {command: code for command, code in card.commands.items() if isinstance(code, int)}
    return register_map(card.kind, inputs, holdings, commands, gap=MOST_READ)


def _blocks(inputs: Mapping[str, Place], gap: int) -> tuple[tuple[int, int, int], ...]:
    blocks: list[tuple[int, int, int]] = []
    for place in _in_order(inputs.values()):
        end = place.address + place.words
        function, first, count = blocks[-1] if blocks else (0, 0, 0)
        if function == place.function and place.address - (first + count) <= gap and end - first <= MOST_READ:
            blocks[-1] = (function, first, end - first)
        else:
            blocks.append((place.function, place.address, place.words))
    last = inputs.get(LAST_CHANGED)
    return tuple(sorted(blocks, key=lambda block: not (last and block[0] == last.function and block[1] <= last.address < block[1] + block[2])))


def _starts(inputs: Mapping[str, Place], blocks: Iterable[tuple[int, int, int]]) -> tuple[tuple[str, int, Place | None], ...]:
    order = [(function, place) for function, address, count in blocks for place in range(address, address + count)]
    where = {register: index for index, register in enumerate(order)}
    return tuple(
        (name, where[place.function, place.address], None if place == Place(place.function, place.address) else place)
        for name, place in inputs.items()
    )


def _runs(holdings: Mapping[str, Place]) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Neighbours are written at once; the command, which starts the job, last."""
    runs: list[tuple[int, tuple[str, ...]]] = []
    end = -1
    for name, place in sorted(holdings.items(), key=lambda item: item[1].address):
        if place.address == end:
            runs[-1] = (runs[-1][0], (*runs[-1][1], name))
        else:
            runs.append((place.address, (name,)))
        end = place.address + place.words
    return tuple(sorted(runs, key=lambda run: "command" in run[1]))


def _in_order(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place.function, place.address))
