"""Megatec protocol of UPSes: one-line commands that end with CR, and the status line, both directions; no IO.

Standard: Megatec Protocol information, version 2.7 (networkupstools.org/ups-protocols/megatec.html), sections 1 (Q1), 8 (S<n>), 10 (C), 13 (F).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from caixue.errors import GarbledReply, UsageError

STATUS, RATING, TEST, CANCEL, BEEPER = b"Q1\r", b"F\r", b"T\r", b"C\r", b"Q\r"

# Bits of the status byte, from b7 to b0.
UTILITY_FAIL, BATTERY_LOW, BYPASS, FAILED, STANDBY, TESTING, SHUTDOWN, BEEPING = (1 << bit for bit in range(7, -1, -1))

SHORTEST_S, LONGEST_S = 12, 600  # S.2 to S10
_TENTH_S, _MINUTE_S = 6, 60

_STATUS = re.compile(r"\((\d{3}\.\d) +(\d{3}\.\d) +(\d{3}\.\d) +(\d{3}) +(\d\d\.\d) +(\d\.\d\d|\d\d\.\d) +(\d\d\.\d) +([01]{8})")
_RATING = re.compile(r"#(\d{3}\.\d) +(\d{3}) +(\d\d\.\d\d|\d{3}\.\d) +(\d\d\.\d)")
_SHUTDOWN = re.compile(rb"S(\.[2-9]|0[1-9]|10)")


@dataclass(frozen=True, slots=True)
class Status:
    """One answer to Q1. The battery is told in volts, of one cell where the UPS is of the on-line kind."""

    input_v: float
    fault_v: float  # the input at the last glitch
    output_v: float
    load_percent: int
    input_hz: float
    battery_v: float
    temperature_c: float
    flags: int

    def line(self) -> bytes:
        """The status as an on-line UPS sends it."""
        volts = f"({self.input_v:05.1f} {self.fault_v:05.1f} {self.output_v:05.1f} {self.load_percent:03d}"
        return f"{volts} {self.input_hz:04.1f} {self.battery_v:.2f} {self.temperature_c:04.1f} {self.flags:08b}\r".encode("ascii")


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer to F: what the UPS is built for."""

    output_v: float
    output_a: int
    battery_v: float
    output_hz: float

    def line(self) -> bytes:
        """The rating as a UPS sends it."""
        return f"#{self.output_v:05.1f} {self.output_a:03d} {self.battery_v:05.2f} {self.output_hz:04.1f}\r".encode("ascii")


def parse_status(text: str) -> Status:
    """The status in a reply without its CR. Raises GarbledReply unless every field has its form."""
    match = _STATUS.fullmatch(text)
    if match is None:
        raise GarbledReply(f"not a UPS status: {text!r}")
    return Status(
        float(match[1]),
        float(match[2]),
        float(match[3]),
        int(match[4]),
        float(match[5]),
        float(match[6]),
        float(match[7]),
        int(match[8], 2),
    )


def parse_rating(text: str) -> Rating:
    """The rating in a reply without its CR. Raises GarbledReply unless every field has its form."""
    match = _RATING.fullmatch(text)
    if match is None:
        raise GarbledReply(f"not a UPS rating: {text!r}")
    return Rating(float(match[1]), int(match[2]), float(match[3]), float(match[4]))


def shutdown(after_s: float) -> bytes:
    """The command that takes the output away after `after_s` seconds (12 to 600), never sooner: tenths of a minute, then minutes.

    Raises UsageError outside that range.
    """
    if not SHORTEST_S <= after_s <= LONGEST_S:
        raise UsageError(f"a UPS shuts down after {SHORTEST_S} to {LONGEST_S} s, not {after_s:g} s")
    tenths = -int(-after_s // _TENTH_S)
    return f"S.{tenths}\r".encode("ascii") if tenths < 10 else f"S{-int(-after_s // _MINUTE_S):02d}\r".encode("ascii")


def shutdown_s(command: bytes) -> int | None:
    """After how many seconds this command (without CR) takes the output away; None when it is no such command."""
    match = _SHUTDOWN.fullmatch(command)
    if match is None:
        return None
    return int(match[1][1:]) * _TENTH_S if match[1][:1] == b"." else int(match[1]) * _MINUTE_S
