"""A full or broken disk, a file that cannot be written, a locked database: a clear error, nothing half-written, and the next record finds its place."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from pathlib import Path
from random import Random

import pytest

from caixue.errors import LedgerError, LedgerUncertain
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, engine, restoring
from caixue.ledger.backup import back_up
from tests.caixue.ledger import apsw_dbapi
from tests.caixue.ledger.disk import Failing, broken, full, works
from tests.caixue.ledger.numbers import FULL
from tests.caixue.ledger.powerless import FILE, PEOPLE, SITE, Bench, wholeness
from tests.caixue.ledger.test_two_processes import note, opened

BATCH = [Draft("alarm.raised", f"conveyor-{number}", {"alarm": "x" * 3_000}) for number in range(3)]
FAILURES = (full, broken)


def kept(ledger: Ledger) -> list[str]:
    return [row.hash for row in ledger.rows()]


def moments(most: int, sample: int = 12) -> Iterable[int]:
    """Every moment, or a seeded sample of them."""
    return range(most) if FULL else sorted(Random(most).sample(range(most), min(sample, most)))


def lasts(failure: Callable[..., Failing], folder: Path, work: Callable[[Bench], object]) -> int:
    """How many moments there are at which this work could be hit."""
    bench = Bench(folder, checkpoint=4)
    probe = failure(10**9)
    bench.disk.refuse = probe
    work(bench)
    return probe.seen


@pytest.mark.parametrize("once", [True, False], ids=["once", "from then on"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_batch_that_the_disk_refuses_at_any_moment_is_not_there_at_all_and_can_be_repeated(failure, once: bool, tmp_path: Path):
    def work(bench: Bench) -> None:
        with bench.open() as ledger:
            bench.note(ledger, *BATCH)

    (tmp_path / "probe").mkdir()
    for moment in moments(lasts(failure, tmp_path / "probe", work)):
        folder = tmp_path / f"{moment}"
        folder.mkdir()
        bench = Bench(folder, checkpoint=4)
        with bench.open() as ledger:
            note(ledger, "before")
            before = kept(ledger)
            bench.disk.refuse = failure(moment, once=once)
            try:
                ledger.note(BATCH, actor="monitor", op="batch")
            except LedgerError as error:
                assert "没有" in str(error) and FILE in str(error)
                bench.disk.refuse = works
                assert kept(ledger) == before
            bench.disk.refuse = works
            assert [event.seq for event in ledger.note(BATCH, actor="monitor", op="batch")] == [1, 2, 3]
            note(ledger, "after")
            assert wholeness(ledger) == ""
        with bench.open() as again:
            assert again.head()[0] == 4
            assert wholeness(again) == ""


@pytest.mark.parametrize("failure", FAILURES)
def test_a_ledger_whose_making_the_disk_refuses_at_any_moment_is_made_when_there_is_room_again(failure, tmp_path: Path):
    (tmp_path / "probe").mkdir()
    for moment in moments(lasts(failure, tmp_path / "probe", lambda bench: bench.open().close())):
        folder = tmp_path / f"{moment}"
        folder.mkdir()
        bench = Bench(folder)
        bench.disk.refuse = failure(moment)
        with suppress(LedgerError):
            bench.open().close()
        bench.disk.refuse = works
        with bench.open() as ledger:
            note(ledger, "first")
            assert wholeness(ledger) == ""


# a database that fails while it confirms


class Unconfirmed:
    """Statements as they are, but the next COMMIT fails, before it is done or after; and then, if the line stays dead, everything."""

    def __init__(self, *, done: bool, stays_dead: bool) -> None:
        self.done, self.stays_dead = done, stays_dead
        self.armed = self.dead = False

    def __call__(self, sql: str) -> Iterable[str]:
        if self.dead and sql != "ROLLBACK":
            raise apsw_dbapi.OperationalError("the connection is lost")
        if sql != "COMMIT" or not self.armed:
            yield sql
            return
        self.armed, self.dead = False, self.stays_dead
        if self.done:
            yield sql
        raise apsw_dbapi.OperationalError("the connection was lost")


CASES = [
    pytest.param(True, True, id="noted, and nobody can look"),
    pytest.param(False, True, id="not noted, and nobody can look"),
    pytest.param(False, False, id="not noted, as one can see"),
]


@pytest.mark.parametrize(("done", "stays_dead"), CASES)
def test_what_was_not_confirmed_and_is_repeated_with_its_operation_id_is_there_once_and_heard_once(done: bool, stays_dead: bool, tmp_path: Path):
    line = Unconfirmed(done=done, stays_dead=stays_dead)
    with Bench(tmp_path, rewrite=line).open() as ledger:
        heard: list[Event] = []
        ledger.follow(heard.append)
        line.armed = True
        with pytest.raises(LedgerUncertain):
            ledger.note(BATCH, actor="monitor", op="batch")
        line.dead = False
        noted = ledger.note(BATCH, actor="monitor", op="batch")
        assert list(ledger.events()) == noted == heard
        assert len(noted) == len(BATCH)


def test_what_was_not_confirmed_but_is_seen_to_be_there_is_acknowledged(tmp_path: Path):
    line = Unconfirmed(done=True, stays_dead=False)
    with Bench(tmp_path, rewrite=line).open() as ledger:
        line.armed = True
        assert ledger.note(BATCH, actor="monitor") == list(ledger.events())


def test_who_gave_no_operation_id_is_told_to_look(tmp_path: Path):
    line = Unconfirmed(done=True, stays_dead=True)
    with Bench(tmp_path, rewrite=line).open() as ledger:
        line.armed = True
        with pytest.raises(LedgerUncertain, match="先查看"):
            note(ledger, "a")
        line.dead = False
        note(ledger, "b")
        assert [event.subject for event in ledger.events()] == ["a", "b"]


# files and locks


def test_a_locked_database_is_reported_and_nothing_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "BUSY_MS", 20)
    with opened(tmp_path) as ledger:
        note(ledger, "a")
        with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match="locked"):
                note(ledger, "b")
        note(ledger, "c")
        assert [event.subject for event in ledger.events()] == ["a", "c"]


def test_a_locked_database_cannot_be_opened_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "BUSY_MS", 20)
    opened(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="locked"):
            opened(tmp_path)


def told_to_nobody(folder: Path, before: str) -> str:
    """What somebody without rights hears, who tries to note something after `before` was done to the file or its folder."""
    text = f"""
        import os, sys
        from pathlib import Path
        from caixue.errors import LedgerError
        from caixue.ledger.projecting import rules_by_kind
        from tests.caixue.ledger.test_two_processes import note, opened
        folder = Path(sys.argv[1])
        opened(folder).close()
        {before}
        if os.geteuid() == 0:
            os.seteuid(65534)
        try:
            with opened(folder) as ledger:
                note(ledger, "a")
        except LedgerError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(text), str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that anybody can reach and write to."""
    folder = tmp_path / "ledger"
    folder.mkdir()
    for one in (folder, *folder.parents):
        if one.owner() == tmp_path.owner() and "pytest" in str(one):
            one.chmod(0o777)
    return folder


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and users as POSIX has them")


@needs_posix
def test_a_read_only_file_is_named(open_folder: Path):
    assert FILE in told_to_nobody(open_folder, f"(folder / '{FILE}').chmod(0o444)")


@needs_posix
def test_a_read_only_folder_is_named(open_folder: Path):
    assert f"{FILE}.lock" in told_to_nobody(open_folder, f"(folder / '{FILE}').chmod(0o666), (folder / '{FILE}.lock').unlink(), folder.chmod(0o555)")


@needs_posix
def test_a_limit_of_the_system_on_the_size_of_files_is_like_a_full_disk(tmp_path: Path):
    work = f"""
        import resource, signal
        from caixue.errors import LedgerError
        from tests.caixue.ledger.powerless import wholeness
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        with opened(folder) as ledger:
            resource.setrlimit(resource.RLIMIT_FSIZE, ((folder / '{FILE}-wal').stat().st_size + 100_000, hard))
            try:
                for number in range(100):
                    ledger.note([Draft("alarm.raised", str(number), {{"alarm": "x" * 5_000}})], actor="monitor")
            except LedgerError as error:
                print("refused")
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
            note(ledger, "after")
            print(number == ledger.head()[0], wholeness(ledger) == "")
    """
    said = subprocess.run([sys.executable, "-c", _IMPORTS + textwrap.dedent(work), str(tmp_path)], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.split() == ["refused", "True", "True"]


_IMPORTS = """
import sys
from pathlib import Path
from caixue.journal import Draft
from tests.caixue.ledger.test_two_processes import note, opened
folder = Path(sys.argv[1])
"""


def test_a_ledger_whose_file_was_deleted_or_replaced_takes_nothing_more(tmp_path: Path):
    with opened(tmp_path) as ledger:
        note(ledger, "a")
        file = tmp_path / FILE
        file.rename(tmp_path / "elsewhere.db")
        with pytest.raises(LedgerError, match=FILE):
            note(ledger, "b")
        file.write_bytes((tmp_path / "elsewhere.db").read_bytes())
        with pytest.raises(LedgerError, match=FILE):
            note(ledger, "c")


@needs_posix
def test_a_program_that_dies_in_its_turn_leaves_the_turn_to_others(tmp_path: Path):
    text = f"{_IMPORTS}\nwith opened(folder) as ledger, ledger.turn():\n    note(ledger, 'a')\n    print('held', flush=True)\n    sys.stdin.read()\n"
    with subprocess.Popen([sys.executable, "-c", text, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGKILL)
    with opened(tmp_path) as ledger:
        note(ledger, "b")
        assert [event.subject for event in ledger.events()] == ["a", "b"]


class Crash(BaseException):
    """The program ends here."""


@needs_posix
def test_a_restoring_that_is_cut_off_half_way_leaves_everything_that_the_present_ledger_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Another program has the ledger open, so that its last records are in the log alone, and restoring takes the log away from the file."""
    after = tmp_path / "after"
    after.mkdir()
    with opened(after) as other:
        backup, _ = back_up(other, tmp_path / "backups")

    def crash(*_: object) -> None:
        shutil.copyfile(tmp_path / FILE, after / FILE)
        raise Crash

    monkeypatch.setattr(restoring.os, "link", crash)
    with opened(tmp_path) as ledger:
        note(ledger, "a")
        with pytest.raises(Crash):
            restoring.restore(backup.file, tmp_path / FILE, site=SITE, people=PEOPLE, by="engineer-1", force_older=True, reason="a test")
    with opened(after) as ledger:
        assert [event.subject for event in ledger.events()] == ["a"]
