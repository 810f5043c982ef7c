"""A record of events folded into what the page shows: plain lists, ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from caixue.errors import UsageError
from caixue.events import KINDS, Event
from caixue.metrics import FIGURES
from twin.replay import words
from twin.replay.devices import Devices
from twin.replay.patients import Patients
from twin.replay.people import Job, People
from twin.replay.windows import BLOCKED, STATES, Row, Windows

MOST_EVENTS = 60_000  # a longer log leaves out the steps of single labels, so that the page stays small
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
        """The record's end: its last event, or the simulated time where that is later."""
        last = max((event.at_us // 1000 for event in self.events), default=0)
        return max(last, _ms(self.result.get("simulated_s")) or 0, 1000)

    def lists(self) -> Json:
        """Everything the page shows."""
        found = {
            "head": self._head(),
            "end": self.end_ms(),
            "windows": [self._window(name, window.rows) for name, window in self.windows.all.items()],
            "site": self.site,
            "devices": self._devices(),
            "spells": self.patients.spells,
            "series": self.patients.rows,
            "faults": [self._fault(row) for row in self.result.get("faults") or ()],
            "incidents": self._incidents(),
            "engineers": self._engineers(),
            "expectations": [_expectation(row) for row in self.result.get("expectations") or ()],
            "log": self._log(),
        }
        return {**found, "patients": [words.patient(name) for name in self.patients.names], "strings": self.strings.all()}

    def _head(self) -> Json:
        start = _start(self.result.get("start"))
        verdict = str(self.result.get("verdict") or "")
        keys = ("scenario", "seed", "fidelity", "engine")
        return {
            "title": words.plain(self.result.get("title") or self.result.get("scenario") or ""),
            "day": [start.year, start.month, start.day],
            "second": start.hour * 3600 + start.minute * 60 + start.second,
            "verdict": [verdict if verdict in words.VERDICTS else "no-data", *words.VERDICTS.get(verdict, (words.plain(verdict), ""))],
            **{key: words.plain(self.result.get(key, "")) for key in keys},
        }

    def _window(self, name: str, rows: list[Row]) -> Json:
        return {"name": words.plain(name), "zh": words.window(name), "rows": [self._window_row(row) for row in rows]}

    def _window_row(self, row: Row) -> list[int]:
        patients = [self.patients.number(name) if name else -1 for name in (row.patient, row.following)]
        short = [row.at_ms, STATES.index(row.state), *patients, row.done, row.total]
        if row.state == BLOCKED:
            place, kind = words.split_device(row.device)
            short += [self.strings(words.kind_of_device(kind)[0] if place else words.device(row.device)), self.strings(words.word(row.reason))]
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
            found.append({"name": words.plain(name), "zh": zh if at >= 0 else words.device(name), "en": en, "letter": words.letter(kind), "at": at, "rows": rows})
        order = list(words.LETTERS.values())
        return sorted(found, key=lambda row: (row["at"] < 0, row["at"], order.index(row["letter"]) if row["letter"] in order else 99, row["name"]))

    def _fault(self, row: Mapping[str, Any]) -> Json:
        times = [_ms(row.get(key)) for key in ("armed_at", "fired_at", "seen_at", "recovered_at")]
        armed = (event.data for event in self.events if event.kind == "twin.fault-armed" and event.subject == row.get("name"))
        data = next(armed, {})
        target, kind = str(data.get("target") or ""), str(data.get("kind") or "")
        zh = f"{words.device(target)} {words.fault(kind, words.split_device(target)[1])}" if kind else words.plain(row.get("name", ""))
        return {"name": words.plain(row.get("name", "")), "zh": zh, "times": times}

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
            legs = [[leg.start_ms, leg.end_ms, self._place(leg.origin), self._place(leg.target)] for leg in self.people.legs(jobs, self._resolve)]
            tasks = [[job.start_ms, job.end_ms, self.strings(self._task(job))] for job in jobs]
            found.append({"name": words.plain(name), "legs": legs, "tasks": tasks})
        return found

    def _task(self, job: Job) -> str:
        incident = self.people.incidents.get(job.incident)
        return words.task(job.task, incident.device or incident.window if incident else "")

    def _resolve(self, text: str) -> str:
        """A window or shared device that `text` names, else the base."""
        names = [text, text.rpartition(".")[0], *PLACE.findall(text)]
        return next((name for name in names if name in self.places or name in self.devices.all), "")

    def _place(self, name: str) -> str | int:
        return self.places.index(name) if name in self.places else name

    def _log(self) -> Json:
        kinds: dict[str, int] = {}
        kept = self.events if len(self.events) <= MOST_EVENTS else [event for event in self.events if _wanted(event.kind) > words.DETAIL]
        columns: Json = {"t": [], "k": [], "who": [], "what": []}
        last = 0
        for event in kept:
            at_ms = event.at_us // 1000
            columns["t"].append(at_ms - last)
            columns["k"].append(kinds.setdefault(event.kind, len(kinds)))
            columns["who"].append(self.strings(_who(event)))
            columns["what"].append(self.strings(words.detail(event.data)))
            last = at_ms
        names = [[words.plain(kind), words.KINDS[kind][0] if kind in words.KINDS else "", _wanted(kind)] for kind in kinds]
        return {**columns, "kinds": names, "all": len(kept) == len(self.events)}


def _wanted(kind: str) -> int:
    return words.KINDS[kind][1] if kind in words.KINDS else words.DETAIL


def _who(event: Event) -> str:
    """Whom an event is about, as people say it."""
    subject = KINDS[event.kind][0] if event.kind in KINDS else ""
    if subject == "patient":
        return f"患者 {words.patient(event.subject)}"
    say = {"window": words.window, "device": words.device, "incident": words.incident, "engineer": words.engineer}
    return say.get(subject, words.plain)(event.subject)


def _ms(seconds: Any) -> int | None:
    return None if seconds is None else round(float(seconds) * 1000)


def _start(text: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError as error:
        raise UsageError(f"result has no readable start time: {text!r}") from error


def _expectation(row: Mapping[str, Any]) -> Json:
    name = str(row.get("figure", ""))
    figure = FIGURES.get(name)
    limit = str(row.get("limit", "")).replace("<=", "≤").replace(">=", "≥").replace("==", "=")
    verdict = str(row.get("verdict") or "")
    return {
        "zh": figure.zh if figure else words.plain(name),
        "en": words.plain(name),
        "limit": words.plain(limit),
        "actual": _amount(row.get("actual"), figure.unit if figure else ""),
        "clause": words.plain(row.get("clause") or ""),
        "verdict": [verdict if verdict in words.VERDICTS else "no-data", *words.VERDICTS.get(verdict, (words.plain(verdict), ""))],
    }


def _amount(value: Any, unit: str) -> str:
    """A figure as people read it: 745 s → 12.4 min, 0.62 → 62 %."""
    if not isinstance(value, (int, float)):
        return "—" if value is None else words.plain(value)
    if unit == "s":
        return f"{value / 60:.1f} min" if abs(value) >= 120 else f"{value:.1f} s"
    if unit == "share":
        return f"{value * 100:.1f} %"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
