"""Recording of traffic at the ports: JSON lines that keep every byte, its direction and its microsecond.

The first line is the header (format, version, site, start, devices); every further line is one transfer, written at once:
`{"at_us": 1200, "device": "window-1.label-printer", "dir": ">", "hex": "1b213f"}`. ">" goes to the device, "<" comes from it.
A recording holds what was on the wire, printed names included: keep it as you keep patient data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError, with_config

from caixue.clock import Clock
from caixue.errors import UsageError

FORMAT: Literal["caixue-traffic"] = "caixue-traffic"
VERSION = 1
Direction: TypeAlias = Literal[">", "<"]
_KEYS = {"at_us", "device", "dir", "hex"}
_STRICT = ConfigDict(extra="forbid")


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Recorded:
    """One device whose traffic is in a recording, with what a reader must know of it."""

    name: str
    kind: str
    url: str
    baudrate: int
    protocol: str = ""  # as on the device's card
    framing: str = ""  # "rtu" or "mbap" where it speaks Modbus
    unit: int = 1


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a recording."""

    site: str
    start: AwareDatetime
    devices: tuple[Recorded, ...]
    format: Literal["caixue-traffic"] = FORMAT
    version: int = VERSION

    def device(self, name: str) -> Recorded:
        """The device of that name; raises UsageError that lists those there are."""
        found = next((device for device in self.devices if device.name == name), None)
        if found is None:
            raise UsageError(f"no device {name!r} in the recording; there are: {', '.join(each.name for each in self.devices)}")
        return found


@dataclass(frozen=True, slots=True)
class Transfer:
    """Some bytes that passed one port in one direction, `at_us` microseconds after the recording began."""

    at_us: int
    device: str
    direction: Direction
    data: bytes


_HEADER = TypeAdapter(Header)


class TrafficRecorder:
    """Writes a recording. Hand `tap` to the ports; every transfer is in the file before the call returns.

    Raises UsageError when the file exists already or cannot be written. Several threads may tap at once.
    """

    def __init__(self, path: str | Path, clock: Clock, *, site: str, devices: Iterable[Recorded]) -> None:
        self.path = Path(path)
        self._clock = clock
        self._origin_us = clock.monotonic_us()
        self.transfers = 0
        header = Header(site, clock.now(), tuple(devices))
        try:
            self._file = open(self.path, "xb", buffering=0)  # noqa: SIM115 - one write a line, and no buffer that a crash could lose
        except FileExistsError:
            raise UsageError(f"{self.path} exists already; a recording overwrites nothing") from None
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written: {error.strerror or error}") from None
        self._write(header_line(header))

    def tap(self, port: str, direction: str, data: bytes) -> None:
        """Take one transfer."""
        line = {"at_us": self._clock.monotonic_us() - self._origin_us, "device": port, "dir": direction, "hex": data.hex()}
        self._write(json.dumps(line, ensure_ascii=False))
        self.transfers += 1

    def close(self) -> None:
        """Finish the file; may be repeated."""
        self._file.close()

    def __enter__(self) -> TrafficRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, line: str) -> None:
        try:
            self._file.write(line.encode("utf-8") + b"\n")
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path}: the recording cannot be written: {error}") from None


def header_line(header: Header) -> str:
    """The header as its line of JSON."""
    named = {"format": header.format, "version": header.version, "site": header.site, "start": header.start.isoformat()}
    return json.dumps({**named, "devices": [asdict(device) for device in header.devices]}, ensure_ascii=False)


def open_traffic(path: str | Path) -> tuple[Header, Iterator[Transfer]]:
    """The header of a recording, and its transfers one by one as they are read.

    Raises UsageError naming file and line for what is no recording, of a newer version, cut off or damaged; what stands
    before the damage comes out first.
    """
    lines = _lines(Path(path))
    number, first = next(lines, (1, b""))
    header = _header(first, f"{path}:{number}")
    known = {device.name: device.name for device in header.devices}
    return header, (_transfer(line, f"{path}:{number}", known) for number, line in lines)


def read_traffic(path: str | Path) -> tuple[Header, list[Transfer]]:
    """A whole recording; raises UsageError as `open_traffic` does."""
    header, transfers = open_traffic(path)
    return header, list(transfers)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    raise UsageError(f"{path}:{number}: the line is cut off; what stands before it is whole")
                yield number, line
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None


def _header(line: bytes, place: str) -> Header:
    row = _json(line, place) if line else {}
    if row.get("format") != FORMAT:
        raise UsageError(f'{place}: not a recording: the first line must say "format": "{FORMAT}"')
    if row.get("version") != VERSION:
        raise UsageError(f"{place}: version {row.get('version')!r} of the format; this program reads {VERSION}")
    try:
        return _HEADER.validate_python(row)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise UsageError(f"{place}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None


def _transfer(line: bytes, place: str, known: dict[str, str]) -> Transfer:
    row = _json(line, place)
    if row.keys() != _KEYS:
        raise UsageError(f"{place}: a transfer has the keys {', '.join(sorted(_KEYS))}")
    at_us, device, direction = row["at_us"], row["device"], row["dir"]
    if type(at_us) is not int or at_us < 0:
        raise UsageError(f"{place}: at_us is a whole number of microseconds, not {at_us!r}")
    if not isinstance(device, str) or device not in known:
        raise UsageError(f"{place}: the header does not name a device {device!r}")
    if direction not in (">", "<"):
        raise UsageError(f'{place}: dir is ">" or "<", not {direction!r}')
    return Transfer(at_us, known[device], ">" if direction == ">" else "<", _bytes(row["hex"], place))


def _bytes(text: Any, place: str) -> bytes:
    """Hex exactly as the recorder writes it: lower case, no gaps."""
    try:
        data = bytes.fromhex(text)
    except (TypeError, ValueError):
        data = b""
    if not isinstance(text, str) or data.hex() != text:
        raise UsageError(f"{place}: hex is damaged: {str(text)[:40]!r}")
    return data


def _json(line: bytes, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError(f"{place}: the line is damaged: not JSON") from None
    if not isinstance(row, dict):
        raise UsageError(f"{place}: the line is damaged: not an object")
    return row

