"""The telephone (contract R2): calls and what they led to, what a caller's words mean, and the call to come on site with its 60 minutes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed
from caixue.lang import tr
from caixue.ops.due import said
from caixue.ops.incidents import Incident, Incidents, Report
from caixue.ops.symptoms import OTHER

KINDS = ("call.received",)
MOST_SAID = 200  # characters; a note, not a report

# What people say → the symptom; the first that fits. Words of the room; docs/assumptions.md A-38
WORDS: tuple[tuple[str, str], ...] = (
    ("传送带.*(卡|堵)|belt.*(jam|block)", "belt-blocked"),
    ("传送带|belt", "belt-stopped"),
    ("卡纸|paper.?jam", "paper-jam"),
    ("(缺|没|没有|换)标?签?纸|paper.?out|no paper", "paper-out"),
    ("碳带|ribbon", "ribbon-out"),
    ("两管|双管|two tubes", "double-pick"),
    ("缺管|没管|没有管|空了|no tubes", "lane-empty"),
    ("卡管|卡住|卡了|管.*卡|jam", "tube-jam"),
    ("贴错|对不上|不符|错标|wrong label", "mismatch"),
    ("颜色|管种|wrong tube", "wrong-kind"),
    ("扫不|读不|条码|no.?read", "no-read"),
    ("黑屏|screen", "black-screen"),
    ("停电|跳闸|power", "mains-off"),
    ("不动|没反应|死机|连不上|dead|no answer|hangs?", "no-answer"),
    ("停用|用不了|out of service", "out-of-service"),
)
_NUMERALS = "一二三四五六七八九十"
_PLACE = re.compile(rf"(\d{{1,2}}|[{_NUMERALS}])\s*号|window[ -]?(\d{{1,2}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. Times are microseconds since the record's start; `answered_us` is None where nobody answered."""

    number: str
    caller: str
    said: str
    device: str
    incident: str
    rang_us: int
    answered_us: int | None


def understood(said: str, windows: Collection[str]) -> tuple[str, str]:
    """The window and the symptom in a caller's words, such as "3号卡管了"; "" and "other" where they name none that is known."""
    place = _PLACE.search(said)
    number = (place[1] or place[2]) if place else ""
    number = str(_NUMERALS.index(number) + 1) if number and number in _NUMERALS else number
    window = f"window-{int(number)}" if number else ""
    symptom = next((symptom for words, symptom in WORDS if re.search(words, said, re.IGNORECASE)), OTHER)
    return window if window in windows else "", symptom


class Telephone:
    """The record of calls. It notes events and hears them, live and from the past alike."""

    def __init__(self, incidents: Incidents, followed: Followed | None = None) -> None:
        self.incidents = incidents
        self.calls: dict[str, Call] = {}
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def receive(
        self, said_: str, *, caller: str, report: Report | None, answered_us: int | None, rang_us: int | None = None, by: str, op: str = ""
    ) -> tuple[list[Event], Incident | None]:
        """Note a call, and with it the trouble that it reports, as one act; gives the events and the incident.

        `rang_us`: when it rang, by default when it was answered, else now. No `report`: a call that reports nothing. Raises
        UsageError for times that cannot be and for text that is empty or longer than 200 characters.
        """
        if not said_.strip() or len(said_) > MOST_SAID:
            raise UsageError(tr(f"说了什么：1 到 {MOST_SAID} 个字", f"what was said: 1 to {MOST_SAID} characters"))
        with self.incidents.turn():
            now = self.incidents.now()
            rang = next(us for us in (rang_us, answered_us, now.us) if us is not None)
            now.check(rang, answered_us)
            number, drafts = self.incidents.drafted(report) if report is not None else ("", [])
            name = f"call-{len(self.calls) + 1:04d}"
            device = report.device or report.window if report is not None else ""
            data = {"caller": caller, "said": said_, "device": device, "incident": number, "rang_us": rang, "answered_us": answered_us}
            events = self.incidents.note([*drafts, Draft("call.received", name, data)], by=by, op=op)
            for event in events:
                self.hear(event)
        incident = self.incidents.incidents.get(number)
        if incident is not None and drafts and drafts[0].kind == "incident.opened":
            self.incidents.on_open(incident)
        return events, incident

    def hear(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "call.received":
            data = event.data
            rang_us = data.get("rang_us", event.at_us)
            self.calls[event.subject] = Call(
                event.subject, data["caller"], data["said"], data["device"], data["incident"], rang_us, data["answered_us"]
            )


def call_out(
    incidents: Incidents, incident: Incident, *, person: str, by: str, called_us: int | None = None, reason: str = "", op: str = ""
) -> list[Event]:
    """`person` is called to the site: from then on the clock of R2 runs until the incident is "on-site". A second call does not restart it.

    A call that is recorded later has its time and a `reason`. Raises UsageError without a name, for somebody who is there already, and
    for a time that cannot be.
    """
    with incidents.turn():
        now = incidents.now()
        now.check(called_us)
        if called_us is not None and not reason.strip():
            raise UsageError(tr("补记要写原因", "what is recorded later needs a reason"))
        if not person.strip():
            raise UsageError(tr("召谁到场？", "who is called to the site?"))
        if "on-site" in incident.steps:
            raise UsageError(tr(f"{incident.number} 已有人到场", f"{incident.number}: somebody is there already"))
        due_us = incident.arrive_by_us
        if due_us is None:
            due_us, _ = now.due_us("arrival", now.us if called_us is None else called_us, now.pauses(incident))
        return incidents.note_about(
            incident, "called-out", by=by, op=op, person=person, due_us=due_us, **said(called_us=called_us, reason=reason)
        )
