"""A record of events folded into what the page shows: plain lists, ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from caixue.events import Event
from twin.replay import judged, log, words
from twin.replay.devices import Devices
from twin.replay.patients import Patients
from twin.replay.people import Job, People
from twin.replay.tables import LETTERS
from twin.replay.windows import BLOCKED, STATES, Row, Windows

PLACE = re.compile(r"[a-z]+(?:-[a-z]+)*-\d+")
Json = dict[str, Any]


class Strings:
    """Texts by number: each is in the page once."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {"": 0}

    def __call__(self, text: str) -> int:
        return self._number.setdefault(text, len(self._number))

    def all(self) -> list[str]:
        return list(self._number)


class Fold:
    """All folds over one record, and the lists they become."""

    def __init__(self, result: Mapping[str, Any], events: Iterable[Event], windows: Sequence[str]) -> None:
        self.result = result
        self.events = list(events)
        self.patients, self.devices, self.people = Patients(), Devices(), People()
        self.windows, self.site = Windows(list(windows), self.events), len(set(windows))
        self.strings = Strings()
        self._run()
        self.places = list(self.windows.all)

    def _run(self) -> None:
        handlers: dict[str, list[Callable[[Event, int], None]]] = {}
        for fold in (self.patients, self.windows, self.devices, self.people):
            for kind, handler in fold.handlers.items():
                handlers.setdefault(kind, []).append(handler)
        for event in self.events:
            for handle in handlers.get(event.kind, ()):
                handle(event, event.at_us // 1000)

    def end_ms(self) -> int:
        """The record's end: its last event; where there is none, the simulated time."""
        last = max((event.at_us // 1000 for event in self.events), default=_ms(self.result.get("simulated_s")) or 0)
        return max(last, 1000)

    def lists(self) -> Json:
        """Everything the page shows."""
        found = {
            "head": judged.head(self.result),
            "end": self.end_ms(),
            "windows": [self._window(name, window.rows) for name, window in self.windows.all.items()],
            "site": self.site,
            "devices": self._devices(),
            "spells": self.patients.spells,
            "series": self.patients.rows,
            "faults": [self._fault(row) for row in self.result.get("faults") or ()],
            "incidents": self._incidents(),
            "engineers": self._engineers(),
            "expectations": [judged.expectation(row) for row in self.result.get("expectations") or ()],
            "log": log.columns(self.events, self.strings),
        }
        return {**found, "patients": [words.patient(name) for name in self.patients.names], "strings": self.strings.all()}

    def _window(self, name: str, rows: list[Row]) -> Json:
        return {"name": words.plain(name), "zh": words.window(name), "rows": [self._window_row(row) for row in rows]}

    def _window_row(self, row: Row) -> list[int]:
        patients = [self.patients.number(name) if name else -1 for name in (row.patient, row.following)]
        short = [row.at_ms, STATES.index(row.state), *patients, row.done, row.total]
        if row.state == BLOCKED:
            place, kind = words.split_device(row.device)
            device = words.kind_of_device(kind)[0] if place else words.device(row.device)
            short += [self.strings(device), self.strings(words.word(row.reason))]
        return short

    def _devices(self) -> list[Json]:
        """Devices at windows first, in the order of the work, then those that all windows share; a place of -1 means shared."""
        found = []
        for name, device in self.devices.all.items():
            place, kind = words.split_device(name)
            if name in self.windows.all or not name or name in self.people.jobs or name == "engineer":
                continue
            zh, en = words.kind_of_device(kind)
            rows = [[row.at_ms, row.level, self.strings(row.why)] for row in device.rows]
            at = self.places.index(place) if place in self.places else -1
            called = zh if at >= 0 else words.device(name)
            found.append({"name": words.plain(name), "zh": called, "en": en, "letter": words.letter(kind), "at": at, "rows": rows})
        order = "".join(LETTERS.values())
        return sorted(found, key=lambda row: (row["at"] < 0, row["at"], f"{order}{row['letter']}".index(row["letter"]), row["name"]))

    def _fault(self, row: Mapping[str, Any]) -> Json:
        """One fault; its name says where and what: "window-3.label-printer print-head-dead-dots"."""
        times = [_ms(row.get(key)) for key in ("armed_at", "fired_at", "seen_at", "recovered_at")]
        name = str(row.get("name", ""))
        target, _, kind = name.partition(" ")
        zh = f"{words.device(target)} {words.fault(kind, words.split_device(target)[1])}" if kind else words.plain(name)
        return {"name": words.plain(name), "zh": zh, "times": times}

    def _incidents(self) -> list[Json]:
        return [
            {
                "name": words.plain(number),
                "zh": words.device(row.device) if row.device else words.window(row.window),
                "class": words.plain(row.severity),
                "why": words.word(row.cause or row.symptom),
                "times": [row.opened_ms, row.acknowledged_ms, row.on_site_ms, row.restored_ms, row.closed_ms],
            }
            for number, row in self.people.incidents.items()
        ]

    def _engineers(self) -> list[Json]:
        found = []
        for name, jobs in self.people.jobs.items():
            walks = self.people.legs(jobs, self._resolve)
            legs = [[leg.start_ms, leg.end_ms, self._place(leg.origin), self._place(leg.target)] for leg in walks]
            tasks = [[job.start_ms, job.end_ms, self.strings(self._task(job))] for job in jobs]
            found.append({"name": words.plain(name), "legs": legs, "tasks": tasks})
        return found

    def _task(self, job: Job) -> str:
        incident = self.people.incidents.get(job.incident)
        return words.task(job.task, incident.device or incident.window if incident else job.device)

    def _resolve(self, text: str) -> str:
        """A window that `text` names, else a shared device, else the base."""
        names = [text, text.rpartition(".")[0], *PLACE.findall(text)]
        return next((name for known in (self.places, self.devices.all) for name in names if name in known), "")

    def _place(self, name: str) -> str | int:
        return self.places.index(name) if name in self.places else name


def _ms(seconds: Any) -> int | None:
    return None if seconds is None else round(float(seconds) * 1000)
