"""What may leave the house in a diagnostic file: an allow-list of words; whatever is not on it goes as its length and a pseudonym.

Nobody can list all secrets and all names, so nothing is searched for. Numbers, yes and no, and the program's own words go out as they are;
people by their role and number; every other text becomes `{"length": 12, "pseudonym": "3f9a…"}`. The pseudonym's key is made for one file and
kept nowhere: the same text has the same pseudonym within the file, and nobody can try names against it.
"""

from __future__ import annotations

import builtins
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import caixue.ops.forms
from caixue import __version__, errors
from caixue.discovery import modules
from caixue.events import KINDS
from caixue.opening import driver_classes
from caixue.ops.register import STATES
from caixue.ops.sheets import Form
from caixue.ops.symptoms import CLASSES, SYMPTOMS
from caixue.probes.reading import State
from caixue.roles import ROLES, SYSTEM_ACTORS
from caixue.site import Site
from caixue.tubes import TUBE_KINDS

SCHEMES = frozenset(
    {"serial", "socket", "tcp", "http", "https", "mllp", "ping", "twin", "rfc2217", "sqlite", "postgresql", "oracle", "mssql"}
)
NUMBERED = ("incident", "task", "order", "delivery", "spare", "call", "startup", "shutdown", "window")  # registers that number their sheets
# Of the years in which this program runs; an older date is somebody's birthday.
_DATE = re.compile(r"20[2-9]\d-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[+-]\d{2}:\d{2})?)?")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_NUMBER_TAIL = re.compile(r"\d{1,8}(?:-\d{1,4})?")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


class Redactor:
    """Makes data fit to leave; `site` gives the names of devices and the people, None where its file cannot be read."""

    def __init__(self, site: Site | None, key: bytes | None = None) -> None:
        self._key = os.urandom(32) if key is None else key
        self._registers = frozenset((*NUMBERED, *(form.name for form in _forms())))
        self._people = dict(_numbered(site)) if site is not None else {}
        things = () if site is None else (name for name in _inventory(site) if name.isascii() and not self._names_somebody(name))
        self.words = frozenset((*_own_words(), *things))

    def _names_somebody(self, name: str) -> bool:
        """Whether a person's name stands in the name of a thing, such as of somebody's computer."""
        return any(person.casefold() in name.casefold() for person in self._people)

    def value(self, value: Any) -> Any:
        """Any plain data: numbers as they are, texts by `text`; of what stands under an unknown key, which may be a PIN, only the type."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return dict(self._pair(key, each) for key, each in value.items())
        return [self.value(each) for each in value] if isinstance(value, list | tuple) else self.text(str(value))

    def text(self, text: str) -> Any:
        """The text where it is one of the known words, a person's number, or the length and pseudonym of it."""
        known = self.known(text)
        return {"length": len(text), "pseudonym": self.pseudonym(text)} if known is None else known

    def known(self, text: str) -> str | None:
        """The text as it may go out; None where it may not."""
        if text in self._people:
            return self._people[text]
        if text in self.words or text == "" or _DATE.fullmatch(text):
            return text
        register, _, number = text.partition("-")
        return text if register in self._registers and _NUMBER_TAIL.fullmatch(number) else None

    def found_in(self, text: str) -> list[str]:
        """The known words in a line of free text, such as a log's: device names, classes of errors, people by number."""
        return list(dict.fromkeys(known for token in _TOKEN.findall(text) if (known := self.known(token.rstrip("."))) and len(token) > 2))

    def pseudonym(self, text: str) -> str:
        """Eight hex digits that stand for the text in this file."""
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]

    def url(self, url: str) -> dict[str, Any]:
        """What may be known of an address: its scheme and port; never its host, user, password, path or query."""
        try:
            split = urlsplit(url)
            scheme, port = split.scheme.partition("+")[0], split.port
        except ValueError:
            scheme, port = "", None
        return {"scheme": scheme if scheme in SCHEMES else self.text(scheme), "port": port, "pseudonym": self.pseudonym(url)}

    def _pair(self, key: object, value: Any) -> tuple[str, Any]:
        if isinstance(key, str) and (key in _KEYS or key in self.words):
            return key, self.value(value)
        return self.pseudonym(str(key)), type(value).__name__


def _numbered(site: Site) -> Iterator[tuple[str, str]]:
    """Person → role and number, such as engineer-1 for the first engineer of the site file."""
    counts: dict[str, int] = {}
    for person in site.people:
        counts[person.role] = counts.get(person.role, 0) + 1
        yield person.name, f"{person.role}-{counts[person.role]}"


def _inventory(site: Site) -> Iterable[str]:
    """The names of things in the site file, without which no trouble can be told; those in Chinese, which may name anybody, stay here."""
    yield from (window.name for window in site.windows)
    yield from site.devices
    yield from (site.manual_station.name, "specimens", "mains")
    yield from (item.item for item in site.stock)
    yield from (host.name for host in site.hosts)
    for spec in site.probes:
        yield from (spec.name, spec.about)
    yield from (software.name for software in site.software)


def _forms() -> list[Form]:
    return [module.FORM for module in modules(caixue.ops.forms, "caixue.ops.forms")]


def _own_words() -> Iterable[str]:
    """The words of the program's own tables."""
    yield from (__version__, *TUBE_KINDS)
    yield from (*KINDS, *SYMPTOMS, *CLASSES, *STATES, *ROLES, *SYSTEM_ACTORS, *(state.value for state in State))
    for driver in driver_classes().values():
        yield driver.card.kind
        yield from (alarm.name for alarm in driver.card.alarms.values())
    for form in _forms():
        yield form.name
        for step in form.steps:
            yield from (step.name, step.leads_to, *(choice for field in step.fields for choice in field.choices))
    yield from (name for name in (*vars(errors), *vars(builtins)) if name.endswith("Error"))
    yield from (
        "true",
        "false",
        "none",
        "ready",
        "busy",
        "fault",
        "silent",
        "unknown",
        "running",
        "stopped",
        "once",
        "ok",
        "low",
        "empty",
        "done",
    )


_KEYS = frozenset(key for _, keys in KINDS.values() for key in keys if _KEY.fullmatch(key)) | {
    *(
        "schema",
        "site",
        "state",
        "heartbeat",
        "version",
        "pid",
        "started",
        "interval_s",
        "stopping",
        "stalled",
        "thread",
        "for_s",
        "broken",
        "device",
    ),
    *(
        "what",
        "spool",
        "waiting",
        "why",
        "since",
        "dropped",
        "refused",
        "windows",
        "all",
        "blocked",
        "mains_out",
        "incidents",
        "number",
        "window",
    ),
    *(
        "symptom",
        "class",
        "deadline",
        "passed",
        "drill",
        "escalations",
        "incident",
        "to",
        "rule",
        "due",
        "alarms",
        "alarm",
        "out_of_limit",
        "subject",
    ),
    *(
        "reading",
        "devices",
        "name",
        "readings",
        "value",
        "unit",
        "limit",
        "n",
        "clause",
        "verdict",
        "probes",
        "about",
        "latency_us",
        "detail",
        "noted",
    ),
    *("item", "quantity", "lot", "line"),
}
