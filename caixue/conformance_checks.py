"""The checks of the conformance suite that every device must pass, whoever made it, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any, TypeAlias

from caixue.clock import US_PER_S
from caixue.conformance_proofs import PromiseBroken, proofs_of
from caixue.drivers.base import Driver, Reading
from caixue.errors import CaixueError, DeviceError, ReplyTimeout
from caixue.lang import tr
from caixue.link.tracing import both

# Device and alarm → a function that takes the cause away again; None when it cannot be brought about here.
Provoke: TypeAlias = Callable[[str, str], Callable[[], None] | None]


_NO_SUCH_REGISTER = 0xFFF0
_HIGHEST_UNIT = 247
_GATEWAY = (10, 11)  # exceptions by which a TCP gateway says that nobody answers
# After nonsense, so that it cannot run into the next request; looks at a device until its alarm shows: docs/assumptions.md A-75.
_QUIET_S = 0.2
_LOOKS, _LOOK_S = 4, 2.0
# Protocol → an unknown command and plain nonsense that no machine of that protocol moves or prints for: docs/assumptions.md A-76.
_NONSENSE = {
    "Modbus RTU": b"\x00\xff\x55\xaa" * 3,
    "TSPL": b"XYZZY 1,2\r\n",
    "ZPL II": b"XYZZY\r\n",
    "ESC/POS": b"\x1b\x7f\x00\x00",
    "ASCII lines": b"XYZZY\r",
    "Megatec Q1": b"XYZZY\r",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A device under test: its driver, what is allowed, and who can bring alarms about."""

    driver: Driver
    may_actuate: bool = False
    provoke: Provoke | None = None
    units_in_use: frozenset[int] = frozenset()  # Modbus units of all devices on its line
    framing: str = ""  # "mbap" where Modbus comes with a header


@dataclass(frozen=True, slots=True)
class Check:
    """One promise. `run` gives a detail; it raises Skip where the promise does not apply, and any error where it is broken."""

    name: str
    zh: str
    en: str
    run: Callable[[Subject], str]
    actuates: bool = False


class Skip(Exception):
    """The check does not apply here; the text says why."""


def _must(holds: object, detail: str) -> str:
    if not holds:
        raise PromiseBroken(detail)
    return detail


# The checks of every device.


def _answers(subject: Subject) -> str:
    driver = subject.driver
    waits: list[int] = []
    asked: list[int] = []

    def ear(port: str, direction: str, data: bytes) -> None:
        now_us = driver.clock.monotonic_us()
        if direction == ">":
            asked[:] = [now_us + round(len(data) * driver.port.character_s * US_PER_S)]
        elif asked:
            waits.append(now_us - asked.pop())

    with _heard(driver, ear):
        reading = driver.status()
    slowest_s = max(waits, default=0) / US_PER_S
    _must(slowest_s <= driver.card.reply_timeout_s, f"{slowest_s:g} s > {driver.card.reply_timeout_s:g} s")
    return f"{reading.state}, {slowest_s * 1000:.1f} ms"


def _stable(subject: Subject) -> str:
    first, second = subject.driver.status(), subject.driver.status()
    same = (first.state, first.alarms) == (second.state, second.alarms)
    return _must(same, f"{first.state} {first.alarms} / {second.state} {second.alarms}")


def _chunked(subject: Subject) -> str:
    before = subject.driver.status()
    with _byte_by_byte(subject.driver):
        after = subject.driver.status()
    return _same(before, after)


def _nonsense(subject: Subject) -> str:
    driver = subject.driver
    nonsense = _NONSENSE.get(driver.card.protocol)
    if nonsense is None or subject.framing == "mbap":
        raise Skip(tr("没有对这种协议无害的乱码", "no nonsense is known to be harmless in this protocol"))
    before = driver.status()
    with driver.port.lock:
        driver.port.write(nonsense, moves=True)  # on some machine it may
        driver.port.read_some(driver.card.reply_timeout_s)
    driver.clock.sleep(_QUIET_S)
    return _same(before, driver.status())


def _unknown_register(subject: Subject) -> str:
    client = _client(subject)
    before = subject.driver.status()
    try:
        values = client.read_inputs(_NO_SUCH_REGISTER, 1)
    except DeviceError as refused:
        told = tr(f"拒绝，异常 {refused.code}", f"refused, exception {refused.code}")
    except ReplyTimeout:
        told = tr("不理会", "ignored")
    else:
        raise PromiseBroken(f"{values} from register {_NO_SUCH_REGISTER}")
    _same(before, subject.driver.status())
    return told


def _wrong_unit(subject: Subject) -> str:
    client = _client(subject)
    taken = subject.units_in_use | {client.unit}
    other = copy(client)
    other.unit = next(unit for unit in range(_HIGHEST_UNIT, 0, -1) if unit not in taken)
    other.retries = 0
    try:
        values = other.read_inputs(0, 1)
    except ReplyTimeout:
        subject.driver.status()
        return tr(f"单元 {other.unit} 无人应答", f"nobody answers as unit {other.unit}")
    except DeviceError as refused:
        return _must(refused.code in _GATEWAY, f"exception {refused.code} as unit {other.unit}")
    raise PromiseBroken(f"{values} as unit {other.unit}")


def _alarms(subject: Subject) -> str:
    driver, provoke = subject.driver, subject.provoke
    if provoke is None:
        raise Skip(tr("这里无法制造报警", "alarms cannot be brought about here"))
    told: list[str] = []
    untold: list[str] = []
    for alarm in dict.fromkeys(alarm.name for alarm in driver.card.alarms.values()):
        clear = provoke(driver.name, alarm)
        if clear is None:
            continue
        seen = _shows(subject, alarm)
        clear()
        (told if seen else untold).append(alarm)
        _must(not _still(driver, alarm), f"{alarm} does not clear")
    _must(not untold or not subject.may_actuate, f"not reported: {', '.join(untold)}")
    if not told:
        raise Skip(tr("没有可制造的报警", "no alarm could be brought about"))
    return ", ".join(told)


CHECKS: tuple[Check, ...] = (
    Check("answers-status", "在卡片时限内应答", "answers within the card's time", _answers),
    Check("status-is-stable", "两次状态一致", "two readings agree", _stable),
    Check("takes-bytes-one-by-one", "请求逐字节到达也应答", "a request may come byte by byte", _chunked),
    Check("survives-nonsense", "乱码之后仍应答，未受影响", "nonsense does no harm", _nonsense),
    Check("refuses-unknown-register", "拒绝或不理会未知寄存器", "refuses or ignores an unknown register", _unknown_register),
    Check("other-units-stay-silent", "别的单元号无人应答", "stays silent for other units", _wrong_unit),
)
ALARMS = Check("alarms-report-and-clear", "报警会报告，也会消除", "alarms are reported and clear", _alarms)


# What the checks share.


def _shows(subject: Subject, alarm: str) -> bool:
    """Whether the driver reads the alarm, at rest or, where that is allowed, under the device's ordinary work."""
    driver = subject.driver
    if alarm in driver.status().alarms:
        return True
    work = next((proof.work for proof in proofs_of(driver).values() if proof is not None and proof.work is not None), None)
    if subject.may_actuate and work is not None:
        try:
            work(driver)
        except DeviceError as error:
            if error.alarm == alarm:
                return True
        except (CaixueError, PromiseBroken):
            pass  # an alarm may also be seen as a promise that is not kept
    for _ in range(_LOOKS):
        driver.clock.sleep(_LOOK_S)
        if alarm in driver.status().alarms:
            return True
    return False


def _still(driver: Driver, alarm: str) -> bool:
    """Whether the alarm stands after its cause has gone, and after a reset where the device has one."""
    if alarm not in driver.status().alarms:
        return False
    reset = getattr(driver, "reset", None)
    if reset is not None:
        reset()
    return alarm in driver.status().alarms


def _client(subject: Subject) -> Any:
    client = getattr(subject.driver, "client", None)
    if client is None:
        raise Skip(tr("不是 Modbus 设备", "no Modbus device"))
    return client


def _same(before: Reading, after: Reading) -> str:
    """Nothing has happened between two readings: state, alarms and the number of the last job."""
    jobs = before.values.get("accepted"), after.values.get("accepted")
    same = (before.state, before.alarms, jobs[0]) == (after.state, after.alarms, jobs[1])
    _must(same, f"{before.state} {before.alarms} {jobs[0]} / {after.state} {after.alarms} {jobs[1]}")
    return after.state


@contextmanager
def _heard(driver: Driver, ear: Callable[[str, str, bytes], None]) -> Iterator[None]:
    port, before = driver.port, driver.port.tap
    port.tap = both(before, ear)
    try:
        yield
    finally:
        port.tap = before


@contextmanager
def _byte_by_byte(driver: Driver) -> Iterator[None]:
    """Every write of the driver leaves in single bytes."""
    port, whole = driver.port, driver.port.write

    def write(data: bytes, moves: bool = False) -> None:
        for at in range(len(data)):
            whole(data[at : at + 1], moves)

    port.write = write  # type: ignore[method-assign]
    try:
        yield
    finally:
        del port.write
