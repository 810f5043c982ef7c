"""Kills programs that write to a ledger, again and again: `python -m tests.caixue.ledger.killing FOLDER CYCLES SEED` prints what it found as JSON.

One process forks the writers, so that a cycle costs no start of an interpreter; SQLite is only touched after the fork. A writer says on
a pipe what has been acknowledged, one line each. Every cycle goes on with the file that the one before left.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import caixue.ledger.projecting
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from tests.caixue.ledger.powerless import FILE, PEOPLE, SITE, Head, wholeness

CHECK_ALL_EVERY = 25  # cycles; between them only the last acknowledged entry is sought


@dataclass
class Found:
    """What the cycles came to."""

    cycles: int = 0
    killed: int = 0  # the others had ended by themselves
    killed_while_opening: int = 0
    two_writers: int = 0
    acknowledged: int = 0
    lost: int = 0
    unopenable: int = 0
    not_whole: int = 0
    entries: int = 0
    seconds: float = 0.0


def opened(folder: Path) -> Ledger:
    return open_ledger(folder / FILE, site=SITE, people=PEOPLE)


def write(folder: Path, pipe: int, chance: Random) -> None:
    """A writer's life: open, note, say so; some leave by themselves."""
    with opened(folder) as ledger:
        if chance.random() < 0.5:
            with ledger.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_autocheckpoint=10")
        os.write(pipe, b"open\n")
        for _ in range(chance.choice((5, 10_000, 10_000, 10_000))):
            drafts = [Draft("alarm.raised", "conveyor-1", {"alarm": "x" * chance.randrange(2_000)})] * chance.choice((1, 1, 1, 4))
            events = ledger.note(drafts, actor="monitor", op=f"{os.getpid()}-{chance.random()}")
            with ledger.engine.connect() as connection:
                last = connection.exec_driver_sql(f"SELECT seq, hash FROM entry WHERE seq={events[-1].seq}").one()
            os.write(pipe, f"{last[0]} {last[1]}\n".encode())


def fork_writer(folder: Path, seed: str) -> tuple[int, int]:
    """A new writer: its process id and the pipe on which it speaks."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        return child, reads
    code = 1
    try:
        os.close(reads)
        write(folder, writes, Random(seed))
        code = 0
    except BaseException as error:
        os.write(2, f"{error!r}\n".encode())
    finally:
        os._exit(code)


def listen(pipe: int, lines: int) -> bytes:
    """What a writer says until it has said so many lines, or has ended."""
    heard = b""
    while heard.count(b"\n") < lines and (more := os.read(pipe, 65_536)):
        heard += more
    return heard


def rest(pipe: int, heard: bytes) -> list[str]:
    """Everything that a dead writer has said, whole lines only."""
    with os.fdopen(pipe, "rb") as reading:
        return [line.decode() for line in (heard + reading.read()).split(b"\n")[:-1]]


def cycle(folder: Path, number: int, seed: int, found: Found) -> Head | None:
    """Let one writer or two run, kill them at some moment, and give the last acknowledged head."""
    chance = Random(f"{seed}-{number}")
    writers = [fork_writer(folder, f"{seed}-{number}-{one}") for one in range(chance.choice((1, 1, 1, 2)))]
    found.two_writers += len(writers) == 2
    heard = listen(writers[0][1], chance.choice((0, 1, 2, 4, 8)))  # at 0 it may die while it opens
    time.sleep(chance.random() * 0.01)
    acknowledged: list[Head] = []
    for (child, pipe), before in zip(writers, (heard, b""), strict=False):
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        found.killed += os.WIFSIGNALED(status)
        found.unopenable += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
        lines = rest(pipe, before)
        found.killed_while_opening += os.WIFSIGNALED(status) and not lines
        acknowledged += [(int(seq), hash_) for seq, _, hash_ in (line.partition(" ") for line in lines if line != "open")]
    found.acknowledged += len(acknowledged)
    return max(acknowledged, default=None)


def check(folder: Path, last: Head | None, found: Found, *, all_of_it: bool) -> None:
    """Open the ledger and seek what was acknowledged last: the chain vouches for what came before."""
    try:
        with opened(folder) as ledger:
            found.entries = ledger.head()[0] + 1
            if last is not None:
                row = next(iter(ledger.rows(after=last[0] - 1)), None)
                found.lost += row is None or (row.seq, row.hash) != last
            found.not_whole += all_of_it and bool(wholeness(ledger))
    except Exception as error:
        print(f"cannot open: {error!r}", file=sys.stderr)
        found.unopenable += 1


def run(folder: Path, cycles: int, seed: int) -> Found:
    """So many cycles on one file."""
    caixue.ledger.projecting.rules_by_kind()  # before the first fork, so that no writer needs to load anything
    found, began, last = Found(), time.perf_counter(), None
    for number in range(cycles):
        last = cycle(folder, number, seed, found) or last
        found.cycles += 1
        check(folder, last, found, all_of_it=number % CHECK_ALL_EVERY == 0 or number == cycles - 1)
    found.seconds = round(time.perf_counter() - began, 1)
    return found


if __name__ == "__main__":
    print(json.dumps(asdict(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
