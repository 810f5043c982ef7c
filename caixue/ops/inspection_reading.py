"""The automatic readings of an inspection (contract C1): devices, wear, probes, this machine and the ledger, each asked once.

Whatever does not answer is a reading UNKNOWN with the reason. Blocks as long as the devices take: never inside a turn of the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Generic, TypeVar

from caixue.clock import US_PER_S, Clock
from caixue.drivers.base import Driver, Reading
from caixue.drivers.card import DeviceCard
from caixue.errors import CaixueError
from caixue.lang import tr
from caixue.ops.inspection_items import How, State
from caixue.ops.inspection_known import Known
from caixue.ops.inspection_points import Point
from caixue.ops.wear import life_of
from caixue.probes.machine import LIMITS
from caixue.probes.reading import Reading as Probed
from caixue.probes.reading import gravest
from caixue.site_estate import ProbeSpec
from caixue.units import US_PER_DAY

STALE_US = 3 * US_PER_DAY  # an older reading of the monitor tells nothing; assumed: docs/assumptions.md A-221
MOST_WORDS = 200  # of a reason


@dataclass(frozen=True, slots=True)
class Observed:
    """What one point came to. `value` and `limit` are in `unit`; no value: it could not be read, and `reason` says why."""

    point: Point
    state: State
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    reason: str = ""
    counters: Mapping[str, tuple[float, str]] = field(default_factory=dict)  # what a device's counters said, with their units


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom to ask. `why_not`: devices that cannot be asked at all, with the reason; no `probe` or `machine`: nobody can tell."""

    clock: Clock
    known: Known
    drivers: Mapping[str, Driver] = field(default_factory=dict)
    probe: Callable[[ProbeSpec], Probed] | None = None
    machine: Callable[[], Sequence[Probed]] | None = None
    why_not: Mapping[str, str] = field(default_factory=dict)


def observe(points: Iterable[Point], sources: Sources) -> list[Observed]:
    """Read these points, each device, probe and machine once. Manual points are passed over."""
    asked = _Asked(sources)
    return [asked.read(point) for point in points if point.automatic]


class _NoAnswer(Exception):
    """Nothing was learned, and why."""


@dataclass(frozen=True, slots=True)
class _Answered:
    reading: Reading
    took_s: float


T = TypeVar("T")


class _Once(Generic[T]):
    """Answers by name, each asked for once; who did not answer is not asked again."""

    def __init__(self) -> None:
        self._answers: dict[str, T | _NoAnswer] = {}

    def get(self, name: str, ask: Callable[[], T]) -> T:
        """The answer. Raises _NoAnswer, the first time and every time."""
        if name not in self._answers:
            try:
                self._answers[name] = ask()
            except (CaixueError, OSError, ValueError) as error:
                words = str(error) if isinstance(error, CaixueError) else f"{type(error).__name__}: {error}"
                self._answers[name] = _NoAnswer(words[:MOST_WORDS])
        answer = self._answers[name]
        if isinstance(answer, _NoAnswer):
            raise answer
        return answer


class _Asked:
    """One reading of many points."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._states: _Once[_Answered] = _Once()
        self._counters: _Once[Mapping[str, int]] = _Once()
        self._probes: _Once[Probed] = _Once()
        self._machine: _Once[Sequence[Probed]] = _Once()
        self._readers: Mapping[How, Callable[[Point], Observed]] = {
            How.DEVICE: self._device,
            How.WEAR: self._wear,
            How.GAUGE: self._gauge,
            How.PROBE: self._probe,
            How.MACHINE: self._local,
            How.RECORD: self._record,
        }

    def read(self, point: Point) -> Observed:
        """What the point came to; never raises for what does not answer."""
        try:
            return self._readers[point.item.how](point)
        except _NoAnswer as why:
            return Observed(point, State.UNKNOWN, unit=point.item.unit, reason=str(why))

    def _device(self, point: Point) -> Observed:
        driver = self._driver(point.about)
        answered = self._states.get(point.about, lambda: self._status(driver))
        if point.item.reading == "state":
            return _state_of(point, driver, answered.reading)
        if point.item.reading == "answer.p95":
            return _judged(point, answered.took_s, driver.card)
        value = _ratio(answered.reading) if point.item.reading == "belt.ratio" else answered.reading.values.get(point.item.reading)
        if value is None:
            raise _NoAnswer(tr("设备没有报这一项", "the device does not tell it"))
        return _judged(point, float(value), driver.card)

    def _wear(self, point: Point) -> Observed:
        driver = self._driver(point.about)
        counters = self._counters.get(point.about, driver.wear)
        life = life_of(driver.card.kind, point.item.reading)
        if life is None or life.counter not in counters:
            raise _NoAnswer(tr("设备没有报计数", "the device does not tell its counter"))
        says = float(counters[life.counter])
        used = self.sources.known.used_share(point.about, life, says, self.sources.clock.monotonic_us())
        return replace(_judged(point, used, driver.card), counters={life.counter: (says, driver.card.counters[life.counter].unit)})

    def _gauge(self, point: Point) -> Observed:
        last = self.sources.known.readings.get((point.about, point.item.reading))
        if last is None:
            raise _NoAnswer(tr("监测还没有这个读数", "the monitor has no such reading yet"))
        if last.out:
            return replace(_judged(point, last.value), state=State.WARN, reason=tr("越限未恢复", "beyond its limit and not back"))
        if self.sources.clock.monotonic_us() - last.at_us > STALE_US:
            raise _NoAnswer(tr("最近一次读数已超过 3 天", "the last reading is more than 3 days old"))
        return _judged(point, last.value)

    def _probe(self, point: Point) -> Observed:
        spec, ask = point.probe, self.sources.probe
        if spec is None:
            raise _NoAnswer(tr("现场文件里没有指向它的 [[probe]]", "no [[probe]] of the site is about it"))
        if ask is None:
            raise _NoAnswer(tr("没有探测程序", "there is nothing to probe with"))
        probed = self._probes.get(spec.name, lambda: ask(spec))
        if point.item.reading == "lost":
            return _lost(point, probed)
        latency_ms = None if probed.latency_us is None else probed.latency_us / 1000
        state = State.UNKNOWN if latency_ms is None and probed.state is State.OK else probed.state
        return Observed(point, state, latency_ms, spec.slow_us / 1000, point.item.unit, probed.detail[:MOST_WORDS])

    def _local(self, point: Point) -> Observed:
        """The gravest of this machine's readings of that figure, such as `disk.used` of all disks."""
        ask, (name, _, figure) = self.sources.machine, point.item.reading.partition(".")
        if ask is None:
            raise _NoAnswer(tr("没有读本机的程序", "there is nothing to read this machine with"))
        mine = [one for one in self._machine.get("", ask) if one.name.split(" ")[0] == name]
        values = [float(one.values[figure]) for one in mine if figure in one.values]
        if not values or len(values) < len(mine):
            raise _NoAnswer("; ".join(one.detail for one in mine)[:MOST_WORDS] or tr("本机没有报这一项", "this machine does not tell it"))
        words = "; ".join(one.detail for one in mine if one.state is not State.OK)
        limit = LIMITS[point.item.reading].warn
        return Observed(point, gravest(one.state for one in mine), round(max(values), 6), limit, point.item.unit, words[:MOST_WORDS])

    def _record(self, point: Point) -> Observed:
        known, clock, software = self.sources.known, self.sources.clock, point.software
        if software is not None and point.item.reading == "support":
            if software.supported_until is None:
                raise _NoAnswer(tr("现场文件没有写支持期到何时", "the site file does not say until when it is supported"))
            return _judged(point, float((software.supported_until - clock.now().date()).days))
        made_us = known.ledger_backed_up_us if software is None else known.backed_up_us(software.name)
        if made_us is None:
            return Observed(point, State.CRIT, None, point.item.warn, point.item.unit, tr("没有备份", "there is no backup"))
        per_unit = US_PER_DAY if point.item.unit == "day" else 3600 * US_PER_S
        return _judged(point, (clock.monotonic_us() - made_us) / per_unit)

    def _driver(self, device: str) -> Driver:
        if device in self.sources.why_not:
            raise _NoAnswer(self.sources.why_not[device])
        if device not in self.sources.drivers:
            raise _NoAnswer(tr("没有连到这台设备", "there is no connection to this device"))
        return self.sources.drivers[device]

    def _status(self, driver: Driver) -> _Answered:
        asked_us = self.sources.clock.monotonic_us()
        reading = driver.status()
        return _Answered(reading, (self.sources.clock.monotonic_us() - asked_us) / US_PER_S)


def _judged(point: Point, value: float, card: DeviceCard | None = None) -> Observed:
    """What a value comes to. Raises _NoAnswer for what is no number: nothing lies beyond a limit that it cannot be compared with."""
    if not isfinite(value):
        raise _NoAnswer(tr("读数不是数", "the reading is no number"))
    item, kept = point.item, round(value, 6)
    return Observed(point, item.judge(kept, card), kept, item.warn_on(card), item.unit)


def _lost(point: Point, probed: Probed) -> Observed:
    """The share of attempts that were lost. Raises _NoAnswer where none was made."""
    if not probed.tried:
        raise _NoAnswer(probed.detail[:MOST_WORDS] or tr("没有探测成", "nothing was tried"))
    return replace(_judged(point, probed.lost / probed.tried), reason=probed.detail[:MOST_WORDS])


def _state_of(point: Point, driver: Driver, reading: Reading) -> Observed:
    """An alarm that stops the device, or the state fault, is critical; any other alarm a warning."""
    stops = reading.state == "fault" or any(alarm in driver.blocking_alarms for alarm in reading.alarms)
    state = State.CRIT if stops else State.WARN if reading.alarms else State.OK
    words = ", ".join(reading.alarms) or (reading.state if stops else "")
    return Observed(point, state, float(len(reading.alarms)), 0.0, point.item.unit, words)


def _ratio(reading: Reading) -> float | None:
    """Measured over set speed. Raises _NoAnswer while the belt stands."""
    commanded = reading.values.get("commanded")
    if commanded is not None and not commanded:
        raise _NoAnswer(tr("传送带停着，读不出", "the belt stands: nothing can be measured"))
    return reading.values.get("speed", 0) / commanded if commanded else None
