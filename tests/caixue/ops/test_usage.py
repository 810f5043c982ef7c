"""How software is used on a machine: what runs, what is missing, what was started again, what its log complains of (C2.2.1)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from caixue.clock import SHANGHAI
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.usage import HANDLES, MEMORY_BYTES, Look
from caixue.ops.usage_book import UsageBook
from caixue.probes.processes import Login, Process, ThisMachine, known_as, names_of
from caixue.probes.reading import State
from caixue.site import SoftwareSpec, load_site
from tests.caixue.ops.incident_bench import WallClock

START = datetime(2026, 11, 23, 6, 30, tzinfo=SHANGHAI)
SERVICE = SoftwareSpec("driver-service", "2.4.1", "driver", processes=("driver-service",))


class Machine:
    """What a test says that runs."""

    def __init__(self, *running: Process) -> None:
        self.now = list(running)

    def running(self) -> list[Process]:
        return self.now

    def logins(self) -> list[Login] | None:
        return None


class Sealed(Machine):
    def running(self) -> list[Process]:
        raise OSError("access denied")


def process(name: str = "driver-service", pid: int = 10, since_s: float = 60.0, **more: int | float) -> Process:
    facts = {"memory_bytes": 50_000_000, "cpu_s": 1.0, "threads": 4, "handles": 30, **more}
    return Process(pid, frozenset({name}), START.timestamp() + since_s, **facts)  # type: ignore[arg-type]


class Room:
    def __init__(self, *software: SoftwareSpec, base: Path | None = None) -> None:
        self.clock, self.journal = WallClock(START), MemoryJournal()
        self.site = replace(load_site("eight-window-full"), software=software or (SERVICE,))
        self.base = base
        self.book = self.read_again()

    def read_again(self) -> UsageBook:
        return UsageBook(self.site, Recorder(self.journal, self.clock), self.journal, base=self.base)

    def look(self, machine: Machine, *, note: bool = True, here: str = "", minutes: float = 10) -> Look:
        self.clock.now_us += round(minutes * 60_000_000)
        (look,) = self.book.looks(machine, here=here)
        if note:
            self.book.note([look])
        return look


def test_what_runs_is_in_order_with_its_memory_since_when_and_handles() -> None:
    look = Room().look(Machine(process(since_s=60)))
    (seen,) = look.processes
    assert (look.state, look.missing, seen.since_us, look.memory_bytes, look.handles) == (State.OK, (), 60_000_000, 50_000_000, 30)


def test_a_missing_process_is_critical_and_named() -> None:
    look = Room().look(Machine(process("antivirus")))
    assert (look.state, look.missing) == (State.CRIT, ("driver-service",))


def test_a_restart_between_two_looks_is_counted_and_once() -> None:
    room = Room()
    room.look(Machine(process(pid=10)))
    assert room.look(Machine(process(pid=10))).restarts == 0
    again = room.look(Machine(process(pid=10, since_s=1500)))  # the same number by chance, another start
    assert (again.restarts, again.state) == (1, State.WARN)
    assert room.look(Machine(process(pid=10, since_s=1500))).restarts == 0


def test_the_share_of_a_processor_is_taken_between_two_looks() -> None:
    room = Room()
    assert room.look(Machine(process(cpu_s=1.0))).processes[0].cpu is None
    assert room.look(Machine(process(cpu_s=151.0)), minutes=10).processes[0].cpu == 0.25


@pytest.mark.parametrize("more", [{"memory_bytes": MEMORY_BYTES + 1}, {"handles": HANDLES + 1}])
def test_what_grows_beyond_its_limit_is_a_warning(more: dict[str, int]) -> None:
    assert Room().look(Machine(process(**more))).state is State.WARN


def test_what_runs_elsewhere_is_unknown_here_and_never_good() -> None:
    room = Room(replace(SERVICE, host="server-app"))
    assert (room.look(Machine(process())).state, room.journal.events) == (State.UNKNOWN, [])
    assert room.look(Machine(process()), here="server-app").state is State.OK
    assert room.look(Sealed(), here="server-app").state is State.UNKNOWN


@pytest.mark.parametrize("lines, state", [(0, State.OK), (1, State.WARN), (25, State.CRIT)])
def test_new_error_lines_of_its_log_are_counted_and_old_ones_are_not(tmp_path: Path, lines: int, state: State) -> None:
    log = tmp_path / "service.log"
    log.write_text("06:00 ERROR of yesterday\n", encoding="utf-8")
    room = Room(replace(SERVICE, log="service.log"), base=tmp_path)
    assert room.look(Machine(process())).errors is None
    with log.open("a", encoding="utf-8") as file:
        file.write("07:00 started\n" + "07:01 错误：串口\n" * lines)
    look = room.look(Machine(process()))
    assert (look.errors, look.state) == (lines, state)
    log.write_text("begun anew: ERROR\n", encoding="utf-8")
    assert room.look(Machine(process())).errors == 1


def test_a_log_in_gbk_is_read_as_well(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_bytes(b"")
    room = Room(replace(SERVICE, log=str(log)))  # and with an absolute path from anywhere
    room.look(Machine(process()))
    log.write_bytes("07:01 串口错误\n07:02 正常\n".encode("gbk"))
    assert room.look(Machine(process())).errors == 1
    log.write_bytes(b"")
    room.look(Machine(process()))
    log.write_bytes("07:03 串口错误\r\n07:04 正常\r\n07:05 ERROR\r\n".encode("utf-16"))
    assert room.look(Machine(process())).errors == 2


def test_a_log_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    assert Room(replace(SERVICE, log="none.log"), base=tmp_path).look(Machine(process())).state is State.UNKNOWN


def test_whoever_reads_the_journal_later_compares_with_the_same_look() -> None:
    room = Room()
    room.look(Machine(process(pid=10)))
    room.book = room.read_again()
    assert room.look(Machine(process(pid=11))).restarts == 1


def test_the_agent_notes_what_is_news_and_the_rest_every_four_hours() -> None:
    room = Room()

    def noted(*running: Process, minutes: float) -> list[str]:
        room.clock.now_us += round(minutes * 60_000_000)
        return [event.data["state"] for event in room.book.note_now_and_then(running)]

    assert noted(process(), minutes=5) == ["OK"]
    assert noted(process(), minutes=5) == noted(process(), minutes=200) == []
    assert noted(minutes=5) == ["CRIT"] and noted(minutes=5) == []
    assert noted(process(pid=12), minutes=5) == ["OK"]
    assert noted(process(pid=13), minutes=5) == ["WARN"]
    assert noted(process(pid=13), minutes=5) == ["OK"] and noted(process(pid=13), minutes=5) == []
    assert noted(process(pid=13), minutes=240) == ["OK"]


@pytest.mark.parametrize(
    "name, words, found",
    [
        ("Driver-Service.EXE", (), {"driver-service"}),
        ("python3.11", ("/usr/bin/python3.11", "-u", "/opt/x/driver-service.py", "--port", "COM3"), {"python3.11", "driver-service"}),
        ("java", ("java", "-Xmx1g", "-jar", "C:\\apps\\collection-server.jar"), {"java", "collection-server"}),
        ("vim", ("vim", "driver-service"), {"vim"}),
    ],
)
def test_a_program_is_known_by_its_name_its_file_or_what_an_interpreter_runs(name: str, words: Sequence[str], found: set[str]) -> None:
    assert names_of(name, words) == found


def test_this_machine_tells_of_a_program_that_was_just_started(tmp_path: Path) -> None:
    script = tmp_path / "cx-driver-service.py"
    script.write_text("import sys; sys.stdin.read()", encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE) as child:
        (mine,) = [one for one in ThisMachine().running() if known_as(script.name) in one.names]
        assert mine.pid == child.pid and (mine.memory_bytes or 0) > 0 and mine.since_s > 0
        child.communicate()
    assert not [one for one in ThisMachine().running() if known_as(script.name) in one.names]
