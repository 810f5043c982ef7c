"""Two programs on one ledger, and what the operating system does behind their backs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from caixue.errors import LedgerDamaged, LedgerError
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from tests.caixue.ledger.powerless import FILE, PEOPLE, SITE, wholeness


def opened(folder: Path) -> Ledger:
    return open_ledger(folder / FILE, site=SITE, people=PEOPLE)


def note(ledger: Ledger, subject: str, op: str = "") -> None:
    ledger.note([Draft("alarm.raised", subject, {"alarm": "x"})], actor="monitor", op=op)


def elsewhere(folder: Path, work: str) -> str:
    """What a program of its own prints, which has the ledger open while it does this work."""
    text = f"""
        import os, sys
        from pathlib import Path
        from tests.caixue.ledger.test_two_processes import note, opened
        folder = Path(sys.argv[1])
        ledger = opened(folder)
        {work}
        ledger.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(text), str(folder)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def subjects(folder: Path) -> list[str]:
    return elsewhere(folder, "print(*(event.subject for event in ledger.events()))").split()


def test_opening_a_ledger_twice_in_one_program_takes_no_lock_away_from_the_first(tmp_path: Path):
    """A file that is opened and closed beside SQLite loses all locks of the process; another program would then delete the log under us."""
    with opened(tmp_path) as first:
        note(first, "a")
        opened(tmp_path).close()
        elsewhere(tmp_path, "note(ledger, 'b')")
        note(first, "c")
        assert subjects(tmp_path) == ["a", "b", "c"]


def test_two_programs_that_write_at_once_both_get_everything_in(tmp_path: Path):
    text = """
        import sys
        from pathlib import Path
        from tests.caixue.ledger.test_two_processes import note, opened
        with opened(Path(sys.argv[1])) as ledger:
            for number in range(40):
                note(ledger, f"{sys.argv[2]}-{number}", op=f"{sys.argv[2]}-{number}")
    """
    writers = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(text), str(tmp_path), name]) for name in ("one", "other")]
    assert [writer.wait() for writer in writers] == [0, 0]
    with opened(tmp_path) as ledger:
        subjects = [event.subject for event in ledger.events()]
        assert sorted(subjects) == sorted(f"{name}-{number}" for name in ("one", "other") for number in range(40))
        assert [one for one in subjects if one.startswith("one-")] == [f"one-{number}" for number in range(40)]
        assert wholeness(ledger) == ""


def test_one_file_under_two_names_has_one_turn(tmp_path: Path):
    opened(tmp_path).close()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / FILE).symlink_to(tmp_path / FILE)
    with opened(tmp_path) as ledger, ledger.turn(), pytest.raises(LedgerError, match="lock"):
        open_ledger(tmp_path / "linked" / FILE, site=SITE, people=PEOPLE, wait_s=0.05)


def test_a_ledger_belongs_to_the_thread_that_opened_it(tmp_path: Path):
    with opened(tmp_path) as ledger, ThreadPoolExecutor(1) as pool:
        with pytest.raises(LedgerError, match="thread"):
            pool.submit(note, ledger, "a").result()
        note(ledger, "b")
        assert [event.subject for event in ledger.events()] == ["b"]


def test_what_others_write_while_we_look_is_heard_once(tmp_path: Path):
    """`catch_up` outside a turn: between reading the head and reading the news another program may write more."""
    with opened(tmp_path) as mine, opened(tmp_path) as theirs:
        heard: list[int] = []
        mine.follow(lambda event: heard.append(event.seq))
        note(theirs, "a")
        real = mine.events

        def late(*arguments: Any, **more: Any) -> Any:
            note(theirs, "b")
            return real(*arguments, **more)

        mine.events = late  # type: ignore[method-assign]
        mine.catch_up()
        mine.events = real  # type: ignore[method-assign]
        mine.catch_up()
        assert heard == [0, 1]


def test_a_past_that_has_become_another_is_noticed_at_the_next_turn(tmp_path: Path):
    with opened(tmp_path) as ledger:
        note(ledger, "a")
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE entry SET hash = 'x'")
            connection.exec_driver_sql("UPDATE head SET hash = 'x'")
        with pytest.raises(LedgerDamaged):
            note(ledger, "b")
