"""What the commands of `caixue incident` share: the registers over one ledger, and what was typed made into what they take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from caixue.commands.common import Desk, moment, open_desk
from caixue.commands.incident_view import STATES, WORDS, deadline_text, left
from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.due import Instant
from caixue.ops.incidents import KINDS, Incidents
from caixue.ops.power import MAINS
from caixue.ops.register import Incident, Register
from caixue.ops.remote import RemoteSessions
from caixue.ops.symptoms import SYMPTOMS
from caixue.ops.telephone import Telephone
from caixue.roles import HEAD, HOSPITAL, NURSE, ROLES
from caixue.sla import Deadlines
from caixue.units import nearest


@dataclass(frozen=True, slots=True)
class IncidentDesk:
    """One command's desk with the registers that it needs."""

    desk: Desk
    incidents: Incidents
    telephone: Telephone
    remote: RemoteSessions

    def told(self, incident: Incident) -> str:
        """Where an incident stands, and what its call is owed while nobody has taken it up."""
        now = self.incidents.now()
        line = f"{incident.number} {incident.device} {incident.severity} {tr(*STATES[incident.state])}"
        deadline = deadline_text(incident, now)
        line += tr(f"\n时限 {deadline}，{left(incident, now)}", f"\ndeadline {deadline}, {left(incident, now)}")
        if incident.state == "open":
            line += f"\n{self.incidents.deadlines.owed(now.at(incident.clock_started_us)).text}"
        if incident.arrive_by_us is not None and "on-site" not in incident.steps:
            line += tr(f"\n{now.at(incident.arrive_by_us):%H:%M:%S} 前到场", f"\non site by {now.at(incident.arrive_by_us):%H:%M:%S}")
        return line

    def us(self, text: str | None, option: str) -> int | None:
        """The instant that was typed, in microseconds of the record."""
        found = moment(text, self.desk.clock, option)
        return None if found is None else self.desk.at_us(found)

    def place(self, device: str, window: str) -> tuple[str, str]:
        """Device and window by their full names; a device of a window brings its window along. Raises UsageError for unknown ones."""
        site = self.desk.site
        known = (*site.devices, MAINS, *(host.name for host in site.hosts), *dict.fromkeys(probe.about for probe in site.probes))
        if device and device not in known:
            raise UsageError(tr(f"现场没有设备 {device}", f"the site has no device {device}") + nearest(device, known))
        if device:
            return device, site.devices[device].window if device in site.devices else ""
        return "", self.window(window)

    def window(self, window: str) -> str:
        """A window by its full name, also from its number."""
        names = (*(each.name for each in self.desk.site.windows), self.desk.site.manual_station.name)
        name = f"window-{int(window)}" if re.fullmatch(r"\d{1,3}", window, re.ASCII) else window
        if name and name not in names:
            raise UsageError(tr(f"现场没有窗口 {window}", f"the site has no window {window}") + nearest(name, names))
        return name

    def people(self, *roles: str) -> list[str]:
        """The persons of the site with one of these roles."""
        return [person.name for person in self.desk.site.people if person.role in roles]

    def person(self, given: str | None, *roles: str, option: str = "--person") -> str:
        """A person of one of these roles; not needed where the site has only one. Raises UsageError otherwise."""
        there = self.people(*roles)
        if not given and len(there) == 1:
            return there[0]
        known = {person.name: person.role for person in self.desk.site.people}
        if given and known.get(given) in roles:
            return given
        wanted, known_here = "、".join(ROLES[role] for role in roles), ", ".join(there) or tr("现场文件里没有", "the site has none")
        raise UsageError(
            tr(f"{option} 要写{wanted}的姓名：{known_here}", f"{option} names a person of role {', '.join(roles)}: {known_here}")
        )

    def user(self, given: str | None, option: str) -> str:
        """Somebody of the hospital: not the engineer and not the maker. Raises UsageError otherwise."""
        known = {person.name: person.role for person in self.desk.site.people}
        if given and known.get(given) in (NURSE, HEAD, HOSPITAL):
            return given
        raise UsageError(
            tr(f"{option} 要写院方的人，不是工程师或厂家", f"{option} names somebody of the hospital, neither engineer nor maker")
        )


def known_symptom_name(given: str) -> str:
    """A symptom by its name. Raises UsageError for an unknown one, with the nearest."""
    if given not in SYMPTOMS:
        raise UsageError(tr(f"没有症状 {given}", f"no symptom {given}") + nearest(given, SYMPTOMS))
    return given


@contextmanager
def at_desk(site: str | None, ledger: str | None, by: str | None) -> Iterator[IncidentDesk]:
    """The desk of a command that acts; nobody else writes to the ledger meanwhile."""
    with open_desk(site, ledger, by, acts=True) as desk, desk.ledger.turn():
        incidents = Incidents(desk.recorder, desk.clock, Deadlines.of(desk.site), followed=desk.ledger)
        yield IncidentDesk(desk, incidents, Telephone(incidents, desk.ledger), RemoteSessions(incidents, desk.ledger))


def looked_up(desk: Desk) -> tuple[Register, Instant]:
    """The register for commands that only look, and the present instant."""
    register = Register(desk.site.readings.clock_starts)
    desk.ledger.follow(register.hear, KINDS)
    return register, Instant.of(desk.clock, Deadlines.of(desk.site))


def course_of(desk: Desk, incident: Incident) -> Iterator[Event]:
    """Everything in the ledger that happened to `incident`."""
    for event in desk.ledger.events(WORDS):
        if event.subject == incident.number or event.data.get("incident") == incident.number:
            yield event
