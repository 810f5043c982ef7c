"""How every device is at every moment: working, low on something, faulty without anyone knowing, or in visible trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from caixue.events import GOOD_KINDS, KINDS, TROUBLE_KINDS, Event
from twin.replay import words
from twin.replay.tables import KINDS as KIND_WORDS

FINE, NOTE, HIDDEN, SEEN = range(4)  # the page's script knows them by number


class Change(NamedTuple):
    """A device from `at_ms` on."""

    at_ms: int
    level: int
    why: str


@dataclass(slots=True)
class Device:
    """One device as it stands: every open concern, and how bad it is."""

    concerns: dict[str, tuple[int, str]] = field(default_factory=dict)
    rows: list[Change] = field(default_factory=list)


class Devices:
    """Folds device and fault events; times are milliseconds since the start.

    A sign of trouble (a garbled reply, a failed scan) is over at the device's next good exchange; an alarm, an incident
    and a fault each at its own end.
    """

    def __init__(self) -> None:
        self.all: dict[str, Device] = {}
        self._incident: dict[str, str] = {}  # number → device

    @property
    def handlers(self) -> Mapping[str, Callable[[Event, int], None]]:
        found: dict[str, Callable[[Event, int], None]] = {kind: self._touch for kind, (subject, _) in KINDS.items() if subject == "device"}
        found |= dict.fromkeys(TROUBLE_KINDS, self._trouble) | dict.fromkeys(GOOD_KINDS, self._good)
        return found | {
            "alarm.raised": self._raise,
            "alarm.cleared": self._clear,
            "consumable.low": self._low,
            "consumable.refilled": self._refill,
            "twin.fault-fired": self._fire,
            "twin.fault-ended": self._end,
            "incident.opened": self._open,
            "incident.restored": self._restore,
        }

    def _touch(self, event: Event, at_ms: int) -> None:
        self._device(event.subject)

    def _trouble(self, event: Event, at_ms: int) -> None:
        self._worry(event.subject, at_ms, "sign", SEEN, KIND_WORDS[event.kind][0])

    def _good(self, event: Event, at_ms: int) -> None:
        name = event.subject if KINDS[event.kind][0] == "device" else str(event.data.get("device") or "")
        if name:
            self._settle(name, at_ms, "sign")

    def _raise(self, event: Event, at_ms: int) -> None:
        name = str(event.data.get("alarm", ""))
        row = words.alarm(name, words.split_device(event.subject)[1])
        self._worry(event.subject, at_ms, f"alarm {name}", NOTE if row and not row.blocks else SEEN, row.zh if row else words.word(name))

    def _clear(self, event: Event, at_ms: int) -> None:
        self._settle(event.subject, at_ms, f"alarm {event.data.get('alarm', '')}")

    def _low(self, event: Event, at_ms: int) -> None:
        item = str(event.data.get("item", ""))
        self._worry(event.subject, at_ms, f"low {item}", NOTE, f"{words.word(item)} 不足")

    def _refill(self, event: Event, at_ms: int) -> None:
        self._settle(event.subject, at_ms, f"low {event.data.get('item', '')}")
        self._settle(event.subject, at_ms, "sign")

    def _fire(self, event: Event, at_ms: int) -> None:
        target, kind = str(event.data.get("target", "")), str(event.data.get("kind", ""))
        self._worry(target, at_ms, f"fault {event.subject}", HIDDEN, words.fault(kind, words.split_device(target)[1]))

    def _end(self, event: Event, at_ms: int) -> None:
        self._settle(str(event.data.get("target", "")), at_ms, f"fault {event.subject}")

    def _open(self, event: Event, at_ms: int) -> None:
        device = str(event.data.get("device") or "")
        if device:
            self._incident[event.subject] = device
            self._worry(device, at_ms, f"incident {event.subject}", SEEN, words.word(str(event.data.get("symptom") or "")))

    def _restore(self, event: Event, at_ms: int) -> None:
        device = self._incident.get(event.subject)
        if device is not None:
            self._settle(device, at_ms, f"incident {event.subject}")
            self._settle(device, at_ms, "sign")

    def _device(self, name: str) -> Device:
        if name not in self.all:
            self.all[name] = Device()
        return self.all[name]

    def _worry(self, name: str, at_ms: int, key: str, level: int, why: str) -> None:
        self._device(name).concerns[key] = (level, why)
        self._note(name, at_ms)

    def _settle(self, name: str, at_ms: int, key: str) -> None:
        if self._device(name).concerns.pop(key, None) is not None:
            self._note(name, at_ms)

    def _note(self, name: str, at_ms: int) -> None:
        device = self.all[name]
        level, why = max(device.concerns.values(), key=lambda concern: concern[0], default=(FINE, ""))
        row = Change(at_ms, level, why)
        if device.rows and device.rows[-1].at_ms == at_ms:
            device.rows[-1] = row
        elif not device.rows or device.rows[-1][1:] != row[1:]:
            device.rows.append(row)
