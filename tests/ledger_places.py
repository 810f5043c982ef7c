"""Where tests keep a ledger: an SQLite file, and a private PostgreSQL server that stands in for a hospital's database server.

A test that takes the fixture `ledger_place` runs once on each; it opens the place itself: `open_ledger(ledger_place, site=…, people=…)`.
The server is started once per process in a folder of its own, listens on a unix socket only, and is gone afterwards. Where the
machine has no PostgreSQL or no driver for it, these tests are skipped and say so.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

BACKENDS = ("sqlite", "postgresql")
# Starts the server and ends it, with all its files, as soon as nobody holds the guard's input any more: also after a kill -9 of the tests.
_GUARD = '"$0" "$@" & read -r _; kill -QUIT $!; wait; rm -rf data'
_PORT = 5432  # only part of the socket's name
_SETTINGS = {"listen_addresses": "", "fsync": "off", "max_connections": "30", "shared_buffers": "16MB", "autovacuum": "off"}


def _without_tls(dialect: object, record: object, positional: object, named: dict[str, Any]) -> None:
    """On a unix socket there is nothing to encrypt, and the driver would read all certificates of the machine at each connection."""
    if "unix_sock" in named:
        named["ssl_context"] = False


class Server:
    """A PostgreSQL server of this test process."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder, self._numbers = programs, folder, count(1)
        self._as = _somebody(folder)
        self._guard: subprocess.Popen[bytes] | None = None
        self._admin = sa.create_engine(self._url("caixue"), isolation_level="AUTOCOMMIT")

    def start(self) -> None:
        """Make a cluster and start it. Raises CalledProcessError when a program fails, TimeoutError when the server takes no connections."""
        data, options = self._folder / "data", {"cwd": self._folder, "stdout": subprocess.DEVNULL, **self._as}
        words = [str(self._programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "caixue", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(words, check=True, **options)
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        words = [str(self._programs / "postgres"), "-D", str(data), "-k", str(self._folder), *settings]
        with (self._folder / "log").open("wb") as log:
            self._guard = subprocess.Popen(["sh", "-c", _GUARD, *words], stdin=subprocess.PIPE, stderr=log, **options)
        self._await(30.0)

    def _await(self, patience_s: float) -> None:
        ready = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder), "-p", str(_PORT)]
        until = time.monotonic() + patience_s
        while subprocess.run(ready, check=False).returncode != 0:
            if time.monotonic() > until:
                raise TimeoutError((self._folder / "log").read_text(encoding="utf-8", errors="replace"))
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once; nothing in it is worth keeping."""
        self._admin.dispose()
        if self._guard is not None:
            self._guard.communicate()

    def new_place(self) -> str:
        """The URL of a place with nothing in it: a user whose tables are in a schema of its own, for a database apiece takes long to make."""
        name = f"ledger_{next(self._numbers)}"
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
            connection.exec_driver_sql(f"CREATE SCHEMA {name} AUTHORIZATION {name}")
        return self._url(name)

    def end_sessions(self, place: str) -> None:
        """End every session of a place's user, as an administrator or a restart would."""
        with self._admin.connect() as connection:
            ask = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :user")
            connection.execute(ask, {"user": sa.make_url(place).username})

    def _url(self, user: str) -> str:
        return f"postgresql+pg8000://{user}@/postgres?unix_sock={self._folder}/.s.PGSQL.{_PORT}"


def _somebody(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there the folder and the server belong to `nobody`."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def programs() -> Path | None:
    """The folder of PostgreSQL's programs: on the PATH, or where Debian puts them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))
    return debian[-1] if debian else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The server of this test process; skips the test where there can be none."""
    found = programs()
    if sys.platform == "win32":
        pytest.skip("the private PostgreSQL server of the tests needs a unix socket")
    if found is None:
        pytest.skip("no PostgreSQL: initdb is neither on the PATH nor in /usr/lib/postgresql (Debian: apt install postgresql)")
    if importlib.util.find_spec("pg8000") is None:
        pytest.skip("no driver for PostgreSQL: pip install pg8000")
    folder = Path(tempfile.mkdtemp(prefix="caixue-pg-"))  # a short path: a socket's name takes 107 bytes
    server = Server(found, folder)
    sa.event.listen(sa.Engine, "do_connect", _without_tls)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        sa.event.remove(sa.Engine, "do_connect", _without_tls)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which kind of database a test is about."""
    return str(request.param)


@pytest.fixture
def new_place(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes places for ledgers, each empty, all on the same kind of database."""
    if backend == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        return server.new_place
    numbers = count(1)
    return lambda: str(tmp_path / f"site-{next(numbers)}.ledger.db")


@pytest.fixture
def ledger_place(new_place: Callable[[], str]) -> str:
    """A place for a ledger, on every kind of database in turn."""
    return new_place()
