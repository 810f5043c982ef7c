"""The five readings of the monitor (contract C2.1): performance, state, alarms, label placement, and how fast specimens travel.

Pure: events and answers of devices go in, values over a sliding time come out. Nothing here knows a clock or a journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from caixue.clock import US_PER_S
from caixue.drivers.base import Reading
from caixue.drivers.card import DeviceCard
from caixue.events import Event
from caixue.ops.thresholds import HOUR_US, THRESHOLDS, Threshold

MOST = 20_000  # samples kept of one thing; older ones go first
SPECIMENS = "specimens"  # the subject of readings that belong to no device and no window
_JOBS = {"tube.picked": "", "tube.rejected": "", "receipt.printed": "", "ticket.printed": "", "label.printed": "device", "label.applied": "device"}
_REJECTED = ("no-read", "mismatch")
KINDS = frozenset(
    {"alarm.raised", "scan.no-read", "scan.mismatch", "label.verified", "label.void", "label.handed-over", "label.drawn", "label.received", *_JOBS}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one device how it is; no `reading`: it did not answer properly."""

    device: str
    at_us: int
    took_us: int
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Value:
    """One reading of one device or window at one moment, from `count` samples; `card` is the device's."""

    subject: str
    row: Threshold
    value: float
    count: int
    card: DeviceCard | None = None

    @property
    def limit(self) -> float | None:
        """Beyond it something wears out."""
        return self.row.limit_on(self.card)

    @property
    def exceeded(self) -> bool:
        """Whether it lies beyond its limit, and rests on enough samples to say so."""
        return self.count >= self.row.least and self.row.exceeded(self.value, self.card)

    @property
    def healed(self) -> bool:
        """Whether it is good again, by enough samples."""
        return self.count >= self.row.least and self.row.healed(self.value, self.card)


class Sliding:
    """Samples of the last `period_us`."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._samples: deque[tuple[int, float]] = deque(maxlen=MOST)

    def add(self, at_us: int, value: float) -> None:
        """Take one sample."""
        self._samples.append((at_us, value))

    def at(self, now_us: int) -> list[float]:
        """What lies within the time that ends now."""
        samples = self._samples
        while samples and samples[0][0] <= now_us - self._period_us:
            samples.popleft()
        return [value for _, value in samples]


def percentile(values: Iterable[float], percent: int) -> float:
    """Nearest-rank: the smallest value that at least `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[-(-percent * len(ordered) // 100) - 1]


class DeviceMeasures:
    """What has been measured of one device."""

    def __init__(self, card: DeviceCard) -> None:
        self.card = card
        self.last: Reading | None = None
        self._answers: deque[tuple[int, int, bool]] = deque(maxlen=MOST)  # when, how long it took (-1: no answer), in fault
        self._alarms, self._jobs = Sliding(HOUR_US), Sliding(HOUR_US)
        self._ratio, self._offset = Sliding(THRESHOLDS["belt.ratio"].period_us), Sliding(THRESHOLDS["label.offset"].period_us)

    def answered(self, answer: Answer) -> None:
        """Take one answer, or that none came."""
        reading, at_us = answer.reading, answer.at_us
        if reading is None:
            self._answers.append((at_us, -1, False))
            return
        self.last = reading
        self._answers.append((at_us, answer.took_us, reading.state == "fault"))
        values = reading.values
        if values.get("commanded"):
            self._ratio.add(at_us, values.get("speed", 0) / values["commanded"])
        if "label_offset_mm" in values:
            self._offset.add(at_us, abs(values["label_offset_mm"]))

    def alarmed(self, at_us: int) -> None:
        """An alarm came up."""
        self._alarms.add(at_us, 1)

    def worked(self, at_us: int) -> None:
        """A job was done."""
        self._jobs.add(at_us, 1)

    def values(self, now_us: int) -> Iterator[tuple[str, float, int]]:
        """Reading, value and number of samples."""
        yield from self._answered(now_us)
        if jobs := self._jobs.at(now_us):
            yield "jobs.per_h", float(len(jobs)), len(jobs)
        if offset := self._offset.at(now_us):
            yield "label.offset", percentile(offset, 95), len(offset)
        yield from self._belt(self._ratio.at(now_us))

    def _answered(self, now_us: int) -> Iterator[tuple[str, float, int]]:
        answers = self._answers
        while answers and answers[0][0] <= now_us - HOUR_US:
            answers.popleft()
        took = sorted(took_us for _, took_us, _ in answers if took_us >= 0)
        if took:
            yield "answer.p50", percentile(took, 50) / US_PER_S, len(took)
            yield "answer.p95", percentile(took, 95) / US_PER_S, len(took)
            yield "state.fault", sum(fault for _, _, fault in answers) / len(took), len(took)
        if answers:
            yield "answer.errors", 1 - len(took) / len(answers), len(answers)
            yield "alarms.per_h", float(len(self._alarms.at(now_us))), len(answers)

    def _belt(self, ratio: list[float]) -> Iterator[tuple[str, float, int]]:
        if self.last is not None and {"commanded", "speed"} <= self.last.values.keys():
            yield "belt.set", float(self.last.values["commanded"]), 1
            yield "belt.speed", float(self.last.values["speed"]), 1
        if ratio:
            yield "belt.ratio", percentile(ratio, 50), len(ratio)


class WindowMeasures:
    """How well labels are put on at one window (条码贴管规范): each tube's label is read at once, read on a second look, or sent away."""

    def __init__(self) -> None:
        self._first, self._rejected = (Sliding(THRESHOLDS[name].period_us) for name in ("label.first-scan", "label.rejects"))

    def ended(self, at_us: int, *, first: bool, rejected: bool) -> None:
        """One label has been read, or its tube was sent away."""
        self._first.add(at_us, first)
        self._rejected.add(at_us, rejected)

    def values(self, now_us: int) -> Iterator[tuple[str, float, int]]:
        """Reading, value and number of samples."""
        first, rejected = self._first.at(now_us), self._rejected.at(now_us)
        if first:
            yield "label.first-scan", sum(first) / len(first), len(first)
            yield "label.rejects", 1000 * sum(rejected) / len(rejected), len(rejected)


class Measures:
    """Everything that is measured of one site: `cards` by device, and at which window each stands ("": at none)."""

    def __init__(self, cards: Mapping[str, DeviceCard], window_of: Mapping[str, str]) -> None:
        self.devices = {name: DeviceMeasures(card) for name, card in cards.items()}
        self.windows = {window: WindowMeasures() for window in window_of.values() if window}
        self._window_of = window_of
        self._unread: dict[str, str] = {}  # serial that was not read at once → its window
        self._left: dict[str, int] = {}  # serial → when the specimen was drawn, or else handed over
        self._transport = Sliding(THRESHOLDS["transport.p95"].period_us)

    def answered(self, answer: Answer) -> None:
        """One device was asked how it is."""
        if answer.device in self.devices:
            self.devices[answer.device].answered(answer)

    def hear(self, event: Event) -> None:
        """Take one event, of any kind in KINDS; others are passed over."""
        kind, at_us = event.kind, event.at_us
        if kind in _JOBS:
            worker = self.devices.get(event.data.get(_JOBS[kind], event.subject) if _JOBS[kind] else event.subject)
            if worker is not None:
                worker.worked(at_us)
        elif kind == "alarm.raised" and event.subject in self.devices:
            self.devices[event.subject].alarmed(at_us)
        elif kind in ("scan.no-read", "scan.mismatch"):
            self._unread[event.data["serial"]] = self._window_of.get(event.subject, "")
        elif kind in ("label.verified", "label.void"):
            self._label_ended(event)
        elif kind in ("label.handed-over", "label.drawn"):
            self._left[event.subject] = at_us
            if len(self._left) > MOST:  # the oldest was never received
                del self._left[next(iter(self._left))]
        elif kind == "label.received":
            self._received(event)

    def values(self, now_us: int) -> Iterator[Value]:
        """Every reading that there is, devices first, in the site's order."""
        for device, measures in self.devices.items():
            for name, value, count in measures.values(now_us):
                yield Value(device, THRESHOLDS[name], round(value, 6), count, measures.card)
        for window, labels in self.windows.items():
            for name, value, count in labels.values(now_us):
                yield Value(window, THRESHOLDS[name], round(value, 6), count)
        if times := self._transport.at(now_us):
            yield Value(SPECIMENS, THRESHOLDS["transport.p95"], percentile(times, 95), len(times))

    def _label_ended(self, event: Event) -> None:
        again = self._unread.pop(event.subject, None)
        if event.kind == "label.verified":
            self._count(self._window_of.get(event.data["device"], ""), event.at_us, first=again is None, rejected=False)
            return
        self._left.pop(event.subject, None)
        if again is not None and event.data.get("reason") in _REJECTED:
            self._count(again, event.at_us, first=False, rejected=True)

    def _count(self, window: str, at_us: int, *, first: bool, rejected: bool) -> None:
        if window in self.windows:
            self.windows[window].ended(at_us, first=first, rejected=rejected)

    def _received(self, event: Event) -> None:
        left_us = self._left.pop(event.subject, None)
        if left_us is not None:
            self._transport.add(event.at_us, (event.at_us - left_us) / US_PER_S)
