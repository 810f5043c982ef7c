"""A diagnostic file to send to the maker: what the program, the site, the ledger and the agent are like, without secrets and without names.

Every part is made of what may leave (`caixue.doctor.redacting`), never of a file with something taken out. A part that cannot be read is
there with the class of the error. The zip is written beside its place and then put there whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sqlite3
import sys
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from caixue import __version__
from caixue.agent.opening import folder_of
from caixue.clock import Clock
from caixue.doctor.findings import Finding
from caixue.doctor.machine import requirements
from caixue.doctor.redacting import Redactor
from caixue.errors import CaixueError, UsageError
from caixue.lang import tr
from caixue.ledger import open_ledger
from caixue.site import DeviceSpec, ProbeSpec, Site
from caixue.site_estate import target_of

ENTRIES = 500  # of the ledger's last ones
LOG_BYTES = 200_000  # of the end of each log
TOLD = frozenset(
    {"python", "packages", "sqlite", "clock", "time-zone", "console", "fonts", "calendar"}
)  # their words are versions and numbers alone
CHECKS = frozenset({"serial", "armed", "site", "ledger", "disk", "agent", "backup", "devices"})  # the others; more are devices
ENVIRONMENT: Mapping[str, frozenset[str]] = {  # of these the file says whether they are set, and a value that is one of these words
    "CAIXUE_LANG": frozenset({"zh", "en"}),
    "CAIXUE_DEBUG": frozenset({"0", "1"}),
    "CAIXUE_SITE": frozenset(),
    "CAIXUE_LEDGER": frozenset(),
    "CAIXUE_PERSON": frozenset(),
    "CAIXUE_SUPERVISOR": frozenset(),
}
_LOG_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Material:
    """What a bundle is made from; `site` and `ledger` are None where there is none or it cannot be read."""

    clock: Clock
    findings: Sequence[Finding]
    environment: Mapping[str, str]
    site: Site | None = None
    ledger: str | None = None
    logs: Sequence[Path] = ()
    entries: int = ENTRIES


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside the bundle."""

    name: str
    content: bytes
    zh: str
    en: str

    def data(self) -> dict[str, Any]:
        """What `--json` lists."""
        return {
            "name": self.name,
            "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "about": tr(self.zh, self.en),
        }


def members(material: Material) -> list[Member]:
    """Everything that goes in."""
    redactor = Redactor(material.site)
    parts: tuple[tuple[str, Callable[[], Any], str, str], ...] = (
        ("about.json", lambda: _about(material.clock.now()), "版本", "versions"),
        ("findings.json", lambda: [_finding(each, redactor) for each in material.findings], "体检结果", "the doctor's findings"),
        ("environment.json", lambda: _environment(material.environment), "哪些 CAIXUE_ 变量设了", "which CAIXUE_ variables are set"),
        (
            "site.json",
            lambda: _site(material.site, redactor),
            "现场：窗口、设备、岗位、库存，没有地址",
            "the site without addresses and names",
        ),
        (
            "ledger.json",
            lambda: list(_ledger(material, redactor)),
            "账本最后的记录，文字换成化名",
            "the ledger's last entries, texts as pseudonyms",
        ),
        ("agent.json", lambda: _agent(material, redactor), "代理的状态", "the agent's status"),
        (
            "logs.json",
            lambda: [list(_log(path, redactor)) for path in _logs(material)],
            "日志：只有时间和认识的词",
            "logs: times and known words alone",
        ),
    )
    return [Member(name, _json(_safely(part)), zh, en) for name, part, zh, en in parts]


def write(path: Path, inside: Iterable[Member], now: datetime) -> None:
    """Write the zip, whole or not at all. Raises UsageError where it cannot be, or something is there already."""
    if path.exists():
        raise UsageError(tr(f"{path} 已经有了，换一个名字", f"{path} is there already: choose another name"))
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
            for member in inside:
                bundle.writestr(zipfile.ZipInfo(member.name, now.timetuple()[:6]), member.content, zipfile.ZIP_DEFLATED)
        with beside.open("rb+") as whole:
            os.fsync(whole.fileno())
        beside.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(tr(f"写不了 {path}：{error}", f"cannot write {path}: {error}")) from None


def _safely(part: Callable[[], Any]) -> Any:
    """A part; one that cannot be made says why by the error's class alone, because its words may hold anything."""
    try:
        return part()
    except Exception as error:
        return {"error": type(error).__name__}


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=True, indent=1).encode("ascii") + b"\n"


def _about(now: datetime) -> dict[str, Any]:
    return {
        "schema": 1,
        "written": now.isoformat(timespec="seconds"),
        "caixue": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "sqlite": sqlite3.sqlite_version,
        "filesystem_encoding": sys.getfilesystemencoding(),
        "packages": {name: _version(name) for name, _ in requirements()},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _finding(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    """The words of a finding only where they are made of versions and numbers; of an error its class."""
    check = finding.check if finding.check in TOLD | CHECKS else redactor.text(finding.check)
    row = {"check": check, "state": finding.state.value}
    if finding.raised:
        return {**row, "raised": finding.raised}
    return {**row, "text": finding.text if finding.check in TOLD else redactor.text(finding.text)}


def _environment(environment: Mapping[str, str]) -> dict[str, Any]:
    def told(name: str, values: frozenset[str]) -> Any:
        value = environment.get(name)
        return "not set" if value is None else value if value in values else "set"

    return {name: told(name, values) for name, values in ENVIRONMENT.items()}


def _site(site: Site | None, redactor: Redactor) -> dict[str, Any]:
    """The site as it was read, so that no comment comes along; of options only numbers and known words."""
    if site is None:
        return {}
    told = redactor.text
    return {
        "name": told(site.name),
        "windows": [{"name": told(window.name), "devices": redactor.value(window.devices)} for window in site.windows],
        "devices": [_device(spec, redactor) for spec in site.devices.values()],
        "people": [told(person.name) for person in site.people],
        "stock": [{"item": told(item.item), "on_hand": item.on_hand, "minimum": item.minimum} for item in site.stock],
        "lanes": redactor.value(site.tubes.lanes),
        "working_day": site.readings.working_day,
        "clock_starts": site.readings.clock_starts,
        "hosts": [{"name": told(host.name), "kind": host.kind, "domestic": host.domestic} for host in site.hosts],
        "probes": [_probe(spec, redactor) for spec in site.probes],
        "software": [{"name": told(each.name), "kind": each.kind, "domestic": each.domestic} for each in site.software],
    }


def _device(spec: DeviceSpec, redactor: Redactor) -> dict[str, Any]:
    line = {"framing": spec.framing, "unit": spec.unit, "baudrate": spec.baudrate, "vendor_map": spec.registers is not None}
    names = {"name": redactor.text(spec.name), "kind": redactor.text(spec.kind)}
    return {**names, **line, "url": redactor.url(spec.url), "options": redactor.value(spec.options)}


def _probe(spec: ProbeSpec, redactor: Redactor) -> dict[str, Any]:
    names = {"name": redactor.text(spec.name), "kind": spec.kind, "about": redactor.text(spec.about)}
    times = {"timeout_us": spec.timeout_us, "slow_us": spec.slow_us, "every_us": spec.every_us, "count": spec.count}
    return {**names, "port": target_of(spec.target).port, **times}


def _ledger(material: Material, redactor: Redactor) -> Iterator[dict[str, Any]]:
    """The last entries: kind and numbers as they are, subject and actor as the redactor knows them."""
    if material.site is None or material.ledger is None:
        return
    people = {person.name: person.role for person in material.site.people}
    with open_ledger(material.ledger, site=material.site.name, people=people, clock=material.clock, create=False) as ledger:
        for event in deque(ledger.events(), maxlen=material.entries):
            at = ledger.instant(event).isoformat(timespec="milliseconds")
            who = {"subject": redactor.text(event.subject), "actor": redactor.text(event.actor)}
            yield {"seq": event.seq, "at": at, "kind": event.kind, **who, "data": redactor.value(event.data)}


def _agent(material: Material, redactor: Redactor) -> dict[str, Any]:
    if material.site is None or material.ledger is None:
        return {}
    folder = folder_of(material.ledger, material.site.name)
    known = redactor.value(folder.read())
    return {"running": folder.running(), "status": known}


def _logs(material: Material) -> list[Path]:
    """The logs that were named, and those in the agent's folder."""
    own: list[Path] = []
    if material.site is not None and material.ledger is not None:
        with suppress(OSError, CaixueError):
            own = sorted(folder_of(material.ledger, material.site.name).path.glob("*.log"))
    return [*material.logs, *own]


def _log(path: Path, redactor: Redactor) -> Iterator[dict[str, Any]]:
    """The end of a log, line by line: its time, its length, its known words; the rest is a pseudonym."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - LOG_BYTES))
        text = file.read().decode("utf-8", "replace")
    for line in text.splitlines():
        time = _LOG_TIME.search(line)
        words = {"length": len(line), "words": redactor.found_in(line), "pseudonym": redactor.pseudonym(line)}
        yield {"time": time[0] if time else None, **words}
