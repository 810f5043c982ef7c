"""Leases: of all who ask one holds a bench, and a crash, a cancelled job, a restart or a disarming ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from caixue import cli
from caixue.bench import is_armed
from caixue.clock import SystemClock
from caixue.errors import NotArmed, UsageError
from caixue.journal.file import read_events
from caixue.lease import TOKEN, Lease, Leases, moving_ports
from caixue.link.arming import Grant
from caixue.opening import open_site
from caixue.wire import megatec
from tests.caixue.scripted import START, FakeClock, recorder
from tests.caixue.test_arming import Pty, needs_pty, refused

PORTS = ("/dev/ttyUSB0", "socket://10.0.0.7:4001")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux shows when a process was started")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.delenv(TOKEN, raising=False)


def granted(person: str, hours: float = 1.0, now: Any = START) -> Grant:
    return Grant(person, ("ups-1",), now + timedelta(hours=hours))


# One holder.


def test_who_comes_second_is_told_who_holds_the_bench_and_until_when() -> None:
    leases = Leases(FakeClock())
    leases.acquire("bench", granted("王工"), PORTS)
    with pytest.raises(NotArmed, match=r"王工.*2026-11-23 08:00"):
        leases.acquire("the same bench by another name", granted("李工"), PORTS[:1])
    leases.acquire("another bench", granted("李工"), ["/dev/ttyUSB1"])


def test_a_released_bench_is_free() -> None:
    leases = Leases(FakeClock())
    first = leases.acquire("bench", granted("王工"), PORTS)
    leases.release(first.token)
    second = leases.acquire("bench", granted("李工"), PORTS)
    assert second.epoch > first.epoch
    assert [lease.grant.person for lease in leases.standing()] == ["李工"]


def test_a_lease_that_nobody_renews_is_void_after_a_minute_and_taken_over_with_a_note() -> None:
    clock = FakeClock()
    recording, notes = recorder(clock)
    leases = Leases(clock)
    lost = leases.acquire("bench", granted("王工"), PORTS)
    clock.advance_to(60_000_000)
    with pytest.raises(NotArmed):
        leases.acquire("bench", granted("李工"), PORTS)
    clock.advance_to(60_000_001)
    leases.acquire("bench", granted("李工"), PORTS, recording)
    assert not leases.renew(lost.token)
    (event,) = notes.events
    assert (event.kind, event.data["person"], event.data["before"]) == ("lease.taken-over", "李工", "王工")


def test_a_renewed_lease_stands_until_its_time_and_no_longer() -> None:
    clock = FakeClock()
    leases = Leases(clock)
    token = leases.acquire("bench", granted("王工", 0.1), PORTS).token
    for _ in range(11):
        clock.advance_to(clock.now_us + 30_000_000)
        assert leases.renew(token) and leases.find(token) is not None
    clock.advance_to(360_000_000)
    assert not leases.renew(token) and leases.find(token) is None


def test_a_void_lease_does_not_come_back_to_life() -> None:
    clock = FakeClock()
    leases = Leases(clock)
    token = leases.acquire("bench", granted("王工"), PORTS).token
    clock.advance_to(90_000_000)
    assert not leases.renew(token) and leases.standing() == []


def test_a_clock_set_back_keeps_no_lease_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    leases = Leases(clock)
    token = leases.acquire("bench", granted("王工"), PORTS).token
    monkeypatch.setattr(clock, "now", lambda: START - timedelta(minutes=5))
    assert leases.find(token) is None


def test_a_restart_of_the_machine_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    leases = Leases(FakeClock())
    token = leases.acquire("bench", granted("王工"), PORTS).token
    site = site_on({"ups-1": "/dev/ttyUSB0"})
    site.arm_by_lease(token)
    monkeypatch.setattr("caixue.lease._place", lambda: "this machine, started again")
    with pytest.raises(NotArmed):
        site_on({"ups-1": "/dev/ttyUSB0"}).arm_by_lease(token)


def test_two_names_of_one_port_are_one_port(tmp_path: Path) -> None:
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    urls = {"a": str(tmp_path / "ttyUSB0"), "b": str(tmp_path / "by-id"), "c": "twin://x", "d": "COM3"}
    ports = moving_ports(urls)
    assert ports["a"] == ports["b"] and ports.keys() == {"a", "b", "d"}


def test_a_damaged_file_of_leases_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "leases.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(UsageError, match=r"leases\.sqlite"):
        Leases(FakeClock()).acquire("bench", granted("王工"), PORTS)


def test_of_eight_threads_that_take_over_a_void_lease_exactly_one_wins() -> None:
    clock = FakeClock()
    Leases(clock).acquire("bench", granted("crashed"), PORTS)
    clock.now_us += 61_000_000
    start, won, lost = threading.Barrier(8), [], []

    def ask(number: int) -> None:
        leases = Leases(clock)
        start.wait()
        try:
            won.append(leases.acquire("bench", granted(f"{number}"), PORTS).grant.person)
        except NotArmed as error:
            lost.append(str(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(lost) == 7
    assert all(won[0] in text for text in lost)


# Across processes.

ASKS = """
import sys, time
from datetime import timedelta
from pathlib import Path
from caixue.clock import SystemClock
from caixue.errors import NotArmed
from caixue.lease import Leases
from caixue.link.arming import Grant

clock = SystemClock()
print("ready", flush=True)
sys.stdin.readline()
try:
    lease = Leases(clock).acquire("bench", Grant("job", ("ups-1",), clock.now() + timedelta(hours=1)), ["/dev/ttyUSB0"])
    print(lease.token, flush=True)
except NotArmed:
    print("lost", flush=True)
sys.stdin.readline()
"""


def job() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", ASKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@needs_proc
def test_of_three_processes_one_holds_the_bench_and_its_crash_frees_it_at_once() -> None:
    jobs = [job() for _ in range(3)]
    try:
        for process in jobs:
            go_on(process)
        answers = [answer(process) for process in jobs]
        assert sum(text != "lost" for text in answers) == 1
        (holder,) = (process for process, text in zip(jobs, answers, strict=True) if text != "lost")
        (lease,) = Leases(SystemClock()).standing()
        assert lease.pid == holder.pid
        holder.kill()
        until(lambda: not Leases(SystemClock()).standing())  # dead, though not yet waited for
        clock = SystemClock()
        mine = Leases(clock).acquire("bench", granted("王工", now=clock.now()), ["/dev/ttyUSB0"])
        assert mine.epoch > lease.epoch
    finally:
        for process in jobs:
            process.kill()
            process.communicate()


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.005)


# Arming by a lease.


def site_on(urls: dict[str, str], folder: Path | None = None, clock: FakeClock | None = None) -> Any:
    return open_site(site_file(urls, folder or Path(os.environ["CAIXUE_RUN_DIR"]).parent), clock=clock or FakeClock())


def site_file(urls: dict[str, str], folder: Path) -> Path:
    rows = (f'[[device]]\nname = "{name}"\nkind = "ups"\nurl = "{url}"\n' for name, url in urls.items())
    path = folder / "site.toml"
    path.write_text('schema = 1\nextends = "eight-window"\nname = "bench"\n' + "".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def pty() -> Iterator[Pty]:
    made = Pty()
    yield made
    made.close()


def lease_of(clock: Any, url: str, person: str = "王工") -> Lease:
    ports = moving_ports({"ups-1": url}).values()
    return Leases(clock).acquire("bench", granted(person, now=clock.now()), ports)


@needs_pty
def test_a_lease_arms_its_devices_until_somebody_ends_it(pty: Pty) -> None:
    clock = FakeClock()
    lease = lease_of(clock, pty.url)
    site = site_on({"ups-1": pty.url}, clock=clock)
    site.arm_by_lease(lease.token)
    site.drivers["ups-1"].test()
    assert pty.heard() == megatec.TEST
    Leases(clock).release(lease.token)
    with pytest.raises(NotArmed):
        site.drivers["ups-1"].test()
    assert pty.heard() == b""
    site.drivers["ups-1"].port.close()


def test_a_holder_that_falls_silent_disarms_and_nothing_arms_again_by_itself() -> None:
    clock = FakeClock()
    site = site_on({"ups-1": "/dev/ttyUSB0"}, clock=clock)
    lease = lease_of(clock, "/dev/ttyUSB0")
    site.arm_by_lease(lease.token)
    site.arming.check("ups-1", b"x")
    clock.advance_to(61_000_000)
    assert "王工" in refused(site.arming)
    clock.now_us = 0
    refused(site.arming)


@pytest.mark.parametrize("token", [None, "", "0" * 32])
def test_without_a_lease_that_stands_nothing_is_armed(token: str | None) -> None:
    site = site_on({"ups-1": "/dev/ttyUSB0"})
    with pytest.raises(NotArmed):
        site.arm_by_lease(token)
    refused(site.arming)


def test_a_lease_does_not_arm_a_device_of_the_same_name_on_another_port() -> None:
    clock = FakeClock()
    lease = lease_of(clock, "/dev/ttyUSB0")
    site = site_on({"ups-1": "/dev/ttyUSB1"}, clock=clock)
    with pytest.raises(NotArmed):
        site.arm_by_lease(lease.token)


def test_a_program_cannot_arm_what_another_holds() -> None:
    clock = FakeClock()
    lease_of(clock, "/dev/ttyUSB0", "李工")
    with pytest.raises(NotArmed, match="李工"):
        site_on({"ups-1": "/dev/ttyUSB0"}, clock=clock).arm("王工", "ups-1", START + timedelta(hours=1))


# The commands.

MOVES = """
import sys
from caixue.opening import open_site
site = open_site(sys.argv[1])
site.arm_by_lease()
site.drivers["ups-1"].test()
sys.exit(7)
"""
ARM = ("--person", "王工", "--device", "ups-*", "--for", "30 min", "--reason", "验收")


@needs_pty
def test_caixue_arm_arms_the_program_that_it_starts_and_gives_its_exit_code(pty: Pty, tmp_path: Path) -> None:
    path, journal = site_file({"ups-1": pty.url}, tmp_path), tmp_path / "armed.jsonl"
    assert cli.main(["arm", str(path), *ARM, "--journal", str(journal), "--", sys.executable, "-c", MOVES, str(path)]) == 7
    assert pty.heard() == megatec.TEST
    assert Leases(SystemClock()).standing() == []
    events = read_events(journal)
    assert [(event.kind, event.actor) for event in events] == [("arming.armed", "王工"), ("arming.disarmed", "王工")]
    assert events[0].data["devices"] == ["ups-1"]


@needs_pty
def test_the_same_program_started_by_itself_moves_nothing(pty: Pty, tmp_path: Path) -> None:
    path = site_file({"ups-1": pty.url}, tmp_path)
    done = subprocess.run([sys.executable, "-c", MOVES, str(path)], capture_output=True, text=True, encoding="utf-8")
    assert "NotArmed" in done.stderr and pty.heard() == b""


def test_status_says_who_holds_what_without_the_token_and_disarm_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lease = lease_of(SystemClock(), "/dev/ttyUSB0")
    assert cli.main(["arm", "--status", "--json"]) == 0
    text = capsys.readouterr().out
    (row,) = json.loads(text)["leases"]
    assert (row["person"], row["devices"], row["process"]) == ("王工", ["ups-1"], os.getpid())
    assert lease.token not in text
    elsewhere = site_file({"ups-1": "/dev/ttyUSB1"}, tmp_path)
    assert cli.main(["disarm", str(elsewhere)]) == 0 and Leases(SystemClock()).standing()
    assert cli.main(["disarm"]) == 0
    assert "王工" in capsys.readouterr().out and not Leases(SystemClock()).standing()
    assert cli.main(["arm", "--status"]) == 0
    assert "没有人占用" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "现场文件"),
        (("SITE",), "多久"),
        (("SITE", "--for", "30 min", "--device", "ups-1"), "具名"),
        (("SITE", "--for", "30 min", "--person", "王工"), "写明设备"),
        (("SITE", "--for", "30", "--person", "王工", "--device", "ups-1"), "30"),
        (("SITE", "--for", "13 h", "--person", "王工", "--device", "ups-1"), "12 小时"),
        (("SITE", "--for", "1 h", "--person", "王工", "--device", "upps-1"), "ups-1"),
        (("SITE", "--for", "1 h", "--person", "王工", "--device", "window-1.*"), "不用授权"),
        (("SITE", *ARM, "--", "no-such-program"), "no-such-program"),
    ],
)
def test_wrong_use_of_arm_says_what_is_missing(words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site_file({"ups-1": "/dev/ttyUSB0"}, tmp_path)
    assert cli.main(["arm", *(str(path) if word == "SITE" else word for word in words)]) == 2
    assert told in capsys.readouterr().err
    assert Leases(SystemClock()).standing() == []


def test_a_bench_of_real_ports_is_armed_for_tests_by_caixue_arm_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(site_file({"ups-1": "/dev/ttyUSB0"}, tmp_path))
    assert not is_armed(path) and is_armed("twin")
    monkeypatch.setenv(TOKEN, "0" * 32)
    assert is_armed(path)
