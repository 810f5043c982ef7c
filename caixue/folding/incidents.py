"""The part of the fold that follows trouble: incidents, the engineer's time, and what ran out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from caixue.day import NEVER, Call, ClassSpell, EngineerSpell, Incident, Stockout
from caixue.events import Event
from caixue.folding.rows import Takers, time_us, word

MAJOR = "重大"
_RECORD = ("part", "found", "action", "verified_by")
_STEPS = {
    "incident.acknowledged": "acknowledged_us",
    "incident.on-site": "on_site_us",
    "incident.diagnosed": "diagnosed_us",
    "incident.restored": "restored_us",
    "incident.closed": "closed_us",
}


class IncidentFold:
    """Incidents, engineers' spells and stock-outs so far."""

    def __init__(self) -> None:
        self._incidents: dict[str, Incident] = {}
        self._working: dict[tuple[str, str, str], int] = {}
        self._spells: list[EngineerSpell] = []
        self._stockouts: list[Stockout] = []
        self._calls: list[Call] = []

    def takers(self) -> Takers:
        """The method that takes each kind of event."""
        return {
            "incident.opened": self._open,
            "incident.merged": self._merge,
            "incident.reclassified": self._reclassify,
            "incident.paused": self._pause,
            "incident.resumed": self._resume,
            "incident.called-out": self._call_out,
            "incident.escalated": self._escalate,
            "call.received": self._call,
            **dict.fromkeys(_STEPS, self._step),
            "engineer.started": self._begin_work,
            "engineer.finished": self._end_work,
            "consumable.stockout": self._run_out,
        }

    def rows(self) -> tuple[Incident, ...]:
        """The incidents in the order in which they were opened."""
        return tuple(self._incidents.values())

    def engineer_spells(self, end_us: int) -> tuple[EngineerSpell, ...]:
        """The engineers' tasks in the order in which they ended; those that go on end at `end_us`."""
        return (*self._spells, *(EngineerSpell(*key, since_us, end_us) for key, since_us in self._working.items()))

    def calls(self) -> tuple[Call, ...]:
        """The calls in the order in which they were recorded."""
        return tuple(self._calls)

    def stockouts(self) -> tuple[Stockout, ...]:
        """What ran out, in order."""
        return tuple(self._stockouts)

    def _open(self, event: Event) -> None:
        spell = ClassSpell(event.at_us, word(event, "class"), time_us(event, "deadline_us"))
        self._incidents[event.subject] = Incident(
            id=event.subject,
            device=word(event, "device"),
            window=word(event, "window"),
            class_=spell.class_,
            history=(spell,),
            symptom=word(event, "symptom"),
            opened_us=event.at_us,
            occurred_us=time_us(event, "occurred_us"),
            reported_us=time_us(event, "reported_us"),
            detected_us=time_us(event, "detected_us"),
            drill=bool(event.data.get("drill")),
            major_us=event.at_us if spell.class_ == MAJOR else NEVER,
        )

    def _change(self, event: Event, **new: Any) -> None:
        known = self._incidents.get(event.subject) or Incident(event.subject, opened_us=event.at_us)
        self._incidents[event.subject] = replace(known, **new)

    def _first(self, event: Event, column: str, at_us: int) -> dict[str, int]:
        """The change that sets a time which is not yet known, else none."""
        known = self._incidents.get(event.subject)
        return {column: at_us} if known is None or getattr(known, column) == NEVER else {}

    def _merge(self, event: Event) -> None:
        """A call and an alarm of one episode: the time that was missing comes with the second of them, and so may a deadline and a device."""
        for column in ("reported_us", "detected_us"):
            self._change(event, **self._first(event, column, time_us(event, column)))
        known = self._incidents[event.subject]
        if time_us(event, "deadline_us") != NEVER:
            spell = ClassSpell(event.at_us, known.class_, time_us(event, "deadline_us"))
            self._change(event, history=(*known.history, spell))
        if known.device == known.window and word(event, "device"):
            self._change(event, device=word(event, "device"))

    def _reclassify(self, event: Event) -> None:
        spell = ClassSpell(event.at_us, word(event, "class"), time_us(event, "deadline_us"))
        known = self._incidents.get(event.subject)
        major = self._first(event, "major_us", event.at_us) if spell.class_ == MAJOR else {}
        self._change(event, class_=spell.class_, history=(*(known.history if known else ()), spell), **major)

    def _pause(self, event: Event) -> None:
        known = self._incidents.get(event.subject)
        pauses = known.pauses if known is not None else ()
        if not pauses or pauses[-1][1] != NEVER:
            self._change(event, pauses=(*pauses, (event.at_us, NEVER)))

    def _resume(self, event: Event) -> None:
        """The clock runs again; the class goes on with the later deadline that the event names."""
        known = self._incidents.get(event.subject)
        if known is None or not known.pauses or known.pauses[-1][1] != NEVER:
            return
        spell = ClassSpell(event.at_us, known.class_, time_us(event, "deadline_us"))
        pauses = (*known.pauses[:-1], (known.pauses[-1][0], event.at_us))
        self._change(event, pauses=pauses, history=(*known.history, spell))

    def _step(self, event: Event) -> None:
        column = _STEPS[event.kind]
        record = {name: word(event, name) for name in _RECORD if word(event, name)}
        self._change(event, **self._first(event, column, event.at_us), **record)

    def _call_out(self, event: Event) -> None:
        called_us = time_us(event, "called_us")
        self._change(event, **self._first(event, "called_out_us", event.at_us if called_us == NEVER else called_us))

    def _escalate(self, event: Event) -> None:
        known = self._incidents.get(event.subject)
        if known is not None and known.major_us != NEVER and word(event, "to") == "head":
            self._change(event, **self._first(event, "told_head_us", event.at_us))

    def _call(self, event: Event) -> None:
        rang_us = time_us(event, "rang_us")
        rang_us = event.at_us if rang_us == NEVER else rang_us
        self._calls.append(Call(event.subject, rang_us, time_us(event, "answered_us"), word(event, "incident")))

    def _begin_work(self, event: Event) -> None:
        self._working.setdefault(_task(event), event.at_us)

    def _end_work(self, event: Event) -> None:
        since_us = self._working.pop(_task(event), None)
        if since_us is not None:
            self._spells.append(EngineerSpell(*_task(event), since_us, event.at_us))

    def _run_out(self, event: Event) -> None:
        self._stockouts.append(Stockout(event.subject, word(event, "item"), event.at_us))


def _task(event: Event) -> tuple[str, str, str]:
    return event.subject, word(event, "task"), word(event, "incident")
