"""Leases: one holder a bench on this machine, who must keep saying that it is there; a crash, a cancelled job or a restart ends it.

All leases stand in one SQLite file, because SQLite makes a change whole on every system, also when two ask at the same moment.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from caixue.clock import US_PER_S, Clock
from caixue.errors import NotArmed, UsageError
from caixue.journal import Recorder
from caixue.lang import tr
from caixue.link.arming import Arming, Grant, can_move

VOID_AFTER_S = 60.0  # without a renewal; a holder renews every RENEW_S: docs/assumptions.md A-97
RENEW_S = 10.0
TOKEN = "CAIXUE_LEASE"  # the environment variable by which a holder arms the programs that it starts
FOLDER = "CAIXUE_RUN_DIR"
_FILE = "leases.sqlite"
_WAIT_S = 10.0  # for another who is just writing
_COLUMNS = "token, site, person, devices, until, reason, ports, place, pid, started, renewed_us, epoch"
_TABLE = """CREATE TABLE IF NOT EXISTS lease (
    token TEXT, site TEXT, person TEXT, devices TEXT, until TEXT, reason TEXT, ports TEXT,
    place TEXT, pid INTEGER, started TEXT, renewed_us INTEGER, epoch INTEGER PRIMARY KEY AUTOINCREMENT)"""


@dataclass(frozen=True, slots=True)
class Lease:
    """A grant, the ports that it keeps others from, and the process that holds it. `epoch` grows with every lease of the machine."""

    token: str
    site: str
    grant: Grant
    ports: tuple[str, ...]
    place: str
    pid: int
    started: str
    renewed_us: int
    epoch: int


def run_folder() -> Path:
    """Where the leases of this machine stand: CAIXUE_RUN_DIR, or a folder beside the temporary files. All jobs must agree on it."""
    return Path(os.environ.get(FOLDER) or Path(tempfile.gettempdir()) / "caixue-run")


def moving_ports(urls: Mapping[str, str]) -> dict[str, str]:
    """By device, the ports among its URLs that need arming, by one name each: links to a device file are followed."""
    return {device: os.path.realpath(url) if url.startswith("/") else url for device, url in urls.items() if can_move(url)}


class Leases:
    """The leases of one machine. Raises UsageError where their file cannot be used."""

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        self.path = (folder or run_folder()) / _FILE
        self._clock = clock

    def acquire(self, site: str, given: Grant, ports: Iterable[str], recorder: Recorder | None = None) -> Lease:
        """Become the holder of these ports, or raise NotArmed naming the one who is and until when.

        Of several who ask at the same moment exactly one gets them. Leases of the ports that are void are taken over, which
        `recorder` notes.
        """
        wanted = tuple(sorted(set(ports)))
        with self._changing() as db:
            overlapping = [lease for lease in _rows(db) if set(lease.ports) & set(wanted)]
            _refuse_first(filter(self.stands, overlapping))
            db.executemany("DELETE FROM lease WHERE token = ?", [(lease.token,) for lease in overlapping])
            lease = self._insert(db, site, given, wanted)
        if recorder is not None:
            for old in overlapping:
                recorder.note("lease.taken-over", site, person=given.person, before=old.grant.person, epoch=lease.epoch)
        return lease

    def renew(self, token: str) -> bool:
        """Say that the holder is there; False when the lease is void already, or was ended by somebody."""
        with self._changing() as db:
            lease = _find(db, token)
            if lease is None or not self.stands(lease):
                return False
            db.execute("UPDATE lease SET renewed_us = ? WHERE token = ?", (self._now_us(), token))
        return True

    def release(self, token: str) -> None:
        """End a lease, one's own or another's. May be repeated."""
        with self._changing() as db:
            db.execute("DELETE FROM lease WHERE token = ?", (token,))

    def find(self, token: str) -> Lease | None:
        """The lease of that token while it stands."""
        return next((lease for lease in self.standing() if lease.token == token), None)

    def standing(self, ports: Iterable[str] | None = None) -> list[Lease]:
        """The leases that stand now, of these ports or of any."""
        if not self.path.exists():
            return []
        with self._changing() as db:
            leases = [lease for lease in _rows(db) if self.stands(lease)]
        return leases if ports is None else [lease for lease in leases if set(lease.ports) & set(ports)]

    def refuse_taken(self, ports: Iterable[str]) -> None:
        """Raise NotArmed, naming the holder and until when, if a lease of one of these ports stands."""
        _refuse_first(self.standing(tuple(ports)))

    def stands(self, lease: Lease) -> bool:
        """Whether the lease is neither over nor void: renewed within a minute, and its holder alive where that can be seen."""
        silent_us = abs(self._now_us() - lease.renewed_us)  # a clock set back must not keep a lease alive
        if silent_us > VOID_AFTER_S * US_PER_S or self._clock.now() >= lease.grant.until:
            return False
        return lease.place != _place() or lease.started == _started(lease.pid)

    def _insert(self, db: sqlite3.Connection, site: str, given: Grant, ports: tuple[str, ...]) -> Lease:
        token, pid, now_us = os.urandom(16).hex(), os.getpid(), self._now_us()
        who = (given.person, json.dumps(given.devices), given.until.isoformat(), given.reason)
        values = (token, site, *who, json.dumps(ports), _place(), pid, _started(pid), now_us, None)
        db.execute(f"INSERT INTO lease ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})", values)
        lease = _find(db, token)
        assert lease is not None
        return lease

    def _now_us(self) -> int:
        return round(self._clock.now().timestamp() * US_PER_S)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else reads or writes beside; a change is whole, or nothing of it when an error rises."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute(_TABLE)
                yield db
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise UsageError(
                tr(f"租约文件 {self.path} 不可用：{error}", f"the file of leases {self.path} cannot be used: {error}")
            ) from None


def arm_by_lease(arming: Arming, urls: Mapping[str, str], leases: Leases, token: str | None = None) -> None:
    """Arm by the lease of `token` (default: the one that `caixue arm` gave to this program) the devices that it grants, at their `urls`.

    Raises NotArmed where there is none, it does not stand, or it is for other ports. Once it is void nothing moves any more.
    """
    token = token or os.environ.get(TOKEN, "")
    lease = leases.find(token) if token else None
    if lease is None:
        raise NotArmed(tr("没有有效的租约：见 caixue arm", "no lease stands: see `caixue arm`"))
    ports = moving_ports(urls)
    given = tuple(name for name in lease.grant.devices if ports.get(name) in lease.ports)
    if not given or lease.place != _place():
        raise NotArmed(tr(f"租约给的是别处的设备：{lease.site}", f"the lease is for devices elsewhere: {lease.site}"))
    arming.arm_with(replace(lease.grant, devices=given), lambda: leases.find(token) is not None)


def _rows(db: sqlite3.Connection) -> list[Lease]:
    return [_lease(row) for row in db.execute(f"SELECT {_COLUMNS} FROM lease ORDER BY epoch")]


def _find(db: sqlite3.Connection, token: str) -> Lease | None:
    return next((lease for lease in _rows(db) if lease.token == token), None)


def _lease(row: tuple[str, str, str, str, str, str, str, str, int, str, int, int]) -> Lease:
    token, site, person, devices, until, reason, ports, place, pid, started, renewed_us, epoch = row
    given = Grant(person, tuple(json.loads(devices)), datetime.fromisoformat(until), reason)
    return Lease(token, site, given, tuple(json.loads(ports)), place, pid, started, renewed_us, epoch)


def _refuse_first(standing: Iterable[Lease]) -> None:
    for lease in standing:
        person, until = lease.grant.person, f"{lease.grant.until:%Y-%m-%d %H:%M}"
        zh = f"{lease.site} 由 {person} 占用（进程 {lease.pid}），到 {until} 为止"
        raise NotArmed(tr(zh, f"{lease.site} is held by {person} (process {lease.pid}) until {until}"))


def _place() -> str:
    """Where process numbers mean the same: this machine since it was started, and this container of it."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    try:
        return f"{platform.node()} {boot.read_text(encoding='ascii').strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not Linux: the renewals alone tell
        return platform.node()


def _started(pid: int) -> str:
    """When the process was started, as Linux counts; "" for one that is gone or dead, and everywhere on other systems."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
