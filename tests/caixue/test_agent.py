"""The agent's parts: what is kept while the ledger is away, what goes into it, who may run, who is told that all is well."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.agent.keeping import Keeper, KeptRecorder
from caixue.agent.lines import Broken, Line, Mailbox, Stop, one_round
from caixue.agent.numbering import renumbered
from caixue.agent.opening import _live
from caixue.agent.overhearing import Overheard
from caixue.agent.sieve import MOST, WITHIN_US, Sieve
from caixue.agent.spool import Kept, Spool
from caixue.agent.status import Folder, Lock, age_s
from caixue.agent.supervising import Patience, Supervisor
from caixue.agent.watchdog import SUPERVISOR, Watchdog
from caixue.cli import main
from caixue.clock import SystemClock
from caixue.commands.agent import _say
from caixue.drivers.base import Driver, Reading
from caixue.errors import CaixueError, LedgerError, LinkLost, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.journal.file import FileJournal
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ledger.turn import locked
from caixue.ledger.verifying import verify
from caixue.ops.incidents import Incidents
from caixue.ops.readings import Answer
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import START, FakeClock
from tests.caixue.watched_room import WatchedRoom, watched_room

PEOPLE = {"wang": "engineer"}
posix = pytest.mark.skipif(os.name == "nt", reason="this platform has no POSIX signals and file limits")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.db", site="here", people=PEOPLE, clock=FakeClock(), start=START, wait_s=0.0) as opened:
        yield opened


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool.jsonl", 20_000)
    yield made
    made.close()


class Busy:
    """Another program that keeps its turn: the ledger cannot be written."""

    def __init__(self, ledger: Ledger) -> None:
        path = Path(ledger.engine.url.database or "")
        self._path = path.with_name(f"{path.name}.lock")

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT)
        assert locked(self._file)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def alarm(device: str, name: str = "paper-out", at_us: int = 0, kind: str = "alarm.raised") -> Event:
    return Event(0, at_us, kind, device, "caixue", None, {"alarm": name} if kind.startswith("alarm") else {"detail": "x"})


def noted(ledger: Ledger) -> list[str]:
    return [event.subject for event in ledger.events()]


# The spool.


def kept(number: int) -> Kept:
    return Kept(f"op-{number}", number, "monitor", None, (Draft("alarm.raised", f"打印机-{number}", {"alarm": "缺纸\n"}),))


def test_what_a_spool_has_taken_another_process_finds_there_in_its_order(tmp_path: Path, spool: Spool) -> None:
    for number in range(5):
        spool.add(kept(number))
    again = Spool(tmp_path / "spool.jsonl", 20_000)
    assert again.waiting == [kept(number) for number in range(5)]
    again.clear()
    again.close()
    empty = Spool(tmp_path / "spool.jsonl", 20_000)
    assert empty.waiting == []
    empty.close()


@given(cut=st.integers(0, 400), count=st.integers(0, 4))
def test_a_record_that_a_power_cut_has_torn_is_passed_over_and_those_before_it_stand(
    tmp_path_factory: pytest.TempPathFactory, cut: int, count: int
) -> None:
    path = tmp_path_factory.mktemp("spool") / "spool"
    whole = Spool(path, 2_000)
    for number in range(count):
        whole.add(kept(number))
    whole.close()
    there = b"".join(kept(number).line() for number in range(count))
    torn = kept(99).line()[:cut].rstrip(b"\n")
    torn = torn if len(torn) + 1 < len(kept(99).line()) else torn[:-1]
    path.write_bytes((there + torn).ljust(2_000, b"\n"))
    opened = Spool(path, 2_000)
    assert opened.waiting == [kept(number) for number in range(count)]
    opened.add(kept(7))
    opened.close()
    again = Spool(path, 2_000)
    assert again.waiting[-1] == kept(7)
    again.close()


def test_a_spool_keeps_within_its_size_and_says_when_it_is_full(spool: Spool) -> None:
    with pytest.raises(LedgerError, match=r"满|full"):
        for number in range(1_000):
            spool.add(kept(number))
    assert spool.path.stat().st_size == 20_000
    assert len(spool.waiting) == len(Spool(spool.path).waiting)


# The ledger and the spool together.


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def keeper(ledger: Ledger, spool: Spool, told: list[str]) -> Keeper:
    return Keeper(ledger, spool, PEOPLE, told.append)


def note(keeper: Keeper, subject: str) -> Event:
    return KeptRecorder(keeper).note("alarm.raised", subject, alarm="paper-out")


def test_with_the_ledger_there_everything_goes_into_it_at_once(keeper: Keeper) -> None:
    note(keeper, "printer-1")
    assert noted(keeper.ledger) == ["printer-1"] and not keeper.spool.waiting


def test_without_the_ledger_nothing_is_lost_and_everything_comes_over_once_and_in_order(keeper: Keeper, told: list[str]) -> None:
    heard: list[str] = []
    keeper.subscribe(lambda event: heard.append(event.subject))
    names = [f"printer-{number}" for number in range(6)]
    note(keeper, names[0])
    with Busy(keeper.ledger):
        for name in names[1:4]:
            note(keeper, name)
        assert not keeper.bring_over()
    note(keeper, names[4])  # the ledger would take it, but it must not overtake the others
    assert noted(keeper.ledger) == names[:1] and len(keeper.spool.waiting) == 4
    assert keeper.bring_over()
    note(keeper, names[5])
    assert noted(keeper.ledger) == heard == names
    assert not verify(keeper.ledger)
    assert len(told) == 2  # once when the ledger went, once when it came back


def test_times_are_those_of_the_happening_not_of_the_bringing_over(keeper: Keeper) -> None:
    clock: Any = keeper.ledger.clock._clock
    with Busy(keeper.ledger):
        clock.advance_to(5_000_000)
        note(keeper, "printer-1")
        clock.advance_to(90_000_000)
    assert keeper.bring_over()
    assert [event.at_us for event in keeper.ledger.events()] == [5_000_000]


def test_a_process_that_dies_while_bringing_over_leaves_no_record_twice(keeper: Keeper, ledger: Ledger, tmp_path: Path, told: list[str]) -> None:
    with Busy(ledger):
        for number in range(3):
            note(keeper, f"printer-{number}")
    for waiting in keeper.spool.waiting[:2]:  # it dies after two of three, before the spool is cleared
        ledger.note(waiting.drafts, actor=waiting.actor, op=waiting.op, at_us=waiting.at_us)
    again = Keeper(ledger, Spool(tmp_path / "spool.jsonl", 20_000), PEOPLE, told.append)
    assert again.bring_over()
    assert noted(ledger) == ["printer-0", "printer-1", "printer-2"]


def test_what_others_wrote_meanwhile_is_heard_and_what_was_heard_is_not_heard_again(keeper: Keeper, tmp_path: Path) -> None:
    heard: list[str] = []
    keeper.subscribe(lambda event: heard.append(event.subject))
    with Busy(keeper.ledger):
        note(keeper, "mine")
    with open_ledger(tmp_path / "ledger.db", site="here", people=PEOPLE, clock=FakeClock()) as other:
        other.note([Draft("alarm.raised", "theirs", {"alarm": "x"})], actor="monitor")
    assert keeper.bring_over()
    assert heard == ["mine", "theirs"] and noted(keeper.ledger) == ["theirs", "mine"]


@posix
def test_a_full_disk_refuses_the_ledger_but_not_the_spool(keeper: Keeper) -> None:
    import resource

    note(keeper, "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # no file may grow beyond what the spool has reserved
    try:
        for number in range(20):
            note(keeper, f"printer-{number}")
        assert keeper.spool.waiting
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert keeper.bring_over()
    assert noted(keeper.ledger) == ["before", *(f"printer-{number}" for number in range(20))]
    assert not verify(keeper.ledger)


def test_what_the_ledger_would_never_take_is_refused_at_once_also_without_it(keeper: Keeper) -> None:
    with Busy(keeper.ledger):
        note(keeper, "printer-1")
        with pytest.raises(UsageError):
            keeper.note([Draft("alarm.raised", "x" * 300, {"alarm": "a"})], actor="monitor")
        with pytest.raises(UsageError):
            keeper.note([Draft("alarm.raised", "printer", {"alarm": "a"})], actor="somebody")
        with pytest.raises(UsageError):  # its table needs a text
            keeper.note([Draft("maintenance.done", "printer-1", {"task": 7})], actor="wang")
    assert len(keeper.spool.waiting) == 1
    assert keeper.bring_over() and not keeper.aside.count()


def test_a_record_that_the_ledger_refuses_after_all_is_counted_once_and_nobody_says_that_none_is_lost(keeper: Keeper, told: list[str]) -> None:
    with Busy(keeper.ledger):
        note(keeper, "printer-1")
        keeper.spool.add(Kept("op-bad", 0, "monitor", None, (Draft("alarm.raised", "x" * 300, {"alarm": "a"}),)))
        note(keeper, "printer-2")
    assert keeper.bring_over()
    assert noted(keeper.ledger) == ["printer-1", "printer-2"]
    keeper.aside.add(Kept("op-bad", 0, "monitor", None, (Draft("alarm.raised", "x" * 300, {"alarm": "a"}),)))
    assert keeper.aside.count() == 1
    assert "refused.jsonl" in told[-1] and not any("没有丢失" in text or "none lost" in text for text in told)


def test_where_a_refused_record_cannot_be_put_aside_it_stays_in_the_spool(keeper: Keeper) -> None:
    keeper.aside.path.mkdir()
    keeper.spool.add(Kept("op-bad", 0, "monitor", None, (Draft("alarm.raised", "x" * 300, {"alarm": "a"}),)))
    assert not keeper.bring_over() and len(keeper.spool.waiting) == 1


def test_who_follows_hears_what_waits_in_the_spool_but_not_twice_what_the_ledger_has_of_it(
    keeper: Keeper, ledger: Ledger, tmp_path: Path, told: list[str]
) -> None:
    with Busy(ledger):
        for number in range(3):
            note(keeper, f"printer-{number}")
    first = keeper.spool.waiting[0]
    ledger.note(first.drafts, actor=first.actor, op=first.op, at_us=first.at_us)  # it dies while bringing over
    again = Keeper(ledger, Spool(tmp_path / "spool.jsonl", 20_000), PEOPLE, told.append)
    heard: list[Event] = []
    with Busy(ledger):
        again.follow(heard.append, {"alarm.raised"})
        note(again, "printer-3")
    assert [(event.seq, event.subject) for event in heard] == [(number, f"printer-{number}") for number in range(4)]
    assert again.bring_over() and noted(ledger) == [f"printer-{number}" for number in range(4)]


def test_what_a_later_life_does_to_a_spooled_incident_finds_it_whatever_its_number_becomes(
    keeper: Keeper, ledger: Ledger, tmp_path: Path, told: list[str]
) -> None:
    site = load_site("eight-window")

    def report(incidents: Incidents, device: str) -> str:
        return incidents.report(device, "motor-fault", window="", windows_lost=0, by="monitor").number

    def life() -> tuple[Keeper, Incidents]:
        lived = Keeper(ledger, Spool(tmp_path / "spool.jsonl", 20_000), PEOPLE, told.append)
        return lived, Incidents(KeptRecorder(lived), lived.clock, Deadlines.of(site), followed=lived)

    with Busy(ledger):
        for device in ("host-1", "host-2"):  # two lives that did not know of each other
            assert report(Incidents(KeptRecorder(keeper), keeper.clock, Deadlines.of(site)), device) == "incident-0001"
        later, incidents = life()
        assert {number: each.device for number, each in incidents.incidents.items()} == {"incident-0001": "host-1", "incident-0002": "host-2"}
        incidents.advance(incidents.incidents["incident-0001"], "acknowledged", by="wang")
        assert report(incidents, "host-3") == "incident-0003"
    with open_ledger(tmp_path / "ledger.db", site="here", people=PEOPLE, clock=FakeClock()) as other:
        assert report(Incidents(LedgerRecorder(other), other.clock, Deadlines.of(site), followed=other), "host-9") == "incident-0001"
    assert later.bring_over()
    _, after = life()
    assert {each.device: each.state for each in after.incidents.values()} == {
        "host-9": "open",
        "host-1": "acknowledged",
        "host-2": "open",
        "host-3": "open",
    }
    assert not verify(ledger)


# What goes into the ledger.


def kept_of(events: list[Event]) -> list[str]:
    sieve, found = Sieve(), []
    for event in events:
        if sieve.keeps(event):
            sieve.hear(event)
            found.append(event.kind)
    return found


def test_a_night_of_silence_is_one_entry_and_its_end_another() -> None:
    night = [alarm("printer", at_us=second * 1_000_000, kind="link.timeout") for second in range(3_000)]
    assert kept_of([*night, alarm("printer", kind="device.recovered")]) == ["link.timeout", "device.recovered"]


def test_a_link_that_flaps_is_noted_a_few_times_and_again_when_it_has_been_quiet() -> None:
    flaps = [alarm("printer", at_us=number, kind=kind) for number in range(100) for kind in ("link.garbled", "device.recovered")]
    later = [alarm("printer", at_us=2 * WITHIN_US, kind="link.garbled")]
    assert kept_of(flaps) == ["link.garbled", "device.recovered"] * MOST
    assert kept_of([*flaps, *later])[-1] == "link.garbled"


def test_an_alarm_that_the_ledger_knows_is_not_noted_again() -> None:
    assert kept_of([alarm("a"), alarm("a"), alarm("b"), alarm("a", kind="alarm.cleared"), alarm("a", kind="alarm.cleared")]) == [
        "alarm.raised",
        "alarm.raised",
        "alarm.cleared",
    ]


def test_labels_and_patients_stay_out_of_the_ledger() -> None:
    assert kept_of([Event(0, 0, "label.verified", "S1"), Event(0, 0, "patient.called", "patient-1"), Event(0, 0, "device.refused", "host")]) == [
        "device.refused"
    ]


# The lines.


class Device(Driver):
    """A driver whose answers are given."""

    def __init__(self, name: str, answer: Callable[[], Reading]) -> None:
        self.name, self._answer = name, answer

    def status(self) -> Reading:
        return self._answer()


def good() -> Reading:
    return Reading("d", 0, "ready", (), {})


def silent() -> Reading:
    raise LinkLost("gone", device="d")


def mistaken() -> Reading:
    raise KeyError("a mistake of ours")


def test_a_silent_device_and_a_mistake_in_a_driver_do_not_stop_the_others_of_their_line() -> None:
    mailbox = Mailbox()
    devices = [Device("silent", silent), Device("mistaken", mistaken), Device("good", good)]
    Line("line", devices, 1.0, SystemClock(), mailbox).round()
    news = mailbox.take(0.0)
    assert [(each.device, each.reading is not None) for each in news if isinstance(each, Answer)] == [
        ("silent", False),
        ("mistaken", False),
        ("good", True),
    ]
    assert [each for each in news if isinstance(each, Broken)] == [Broken("mistaken", "KeyError: 'a mistake of ours'")]


def test_a_line_that_hangs_holds_up_no_other_and_is_seen_to_stall() -> None:
    release, mailbox, clock = threading.Event(), Mailbox(), SystemClock()

    def hang() -> Reading:
        release.wait(10)
        return good()

    hanging, well = Line("hanging", [Device("h", hang)], 0.05, clock, mailbox), Line("well", [Device("w", good)], 0.05, clock, mailbox)
    hanging.start()
    well.start()
    asked = [each for _ in range(3) for each in mailbox.take(2.0) if isinstance(each, Answer)]
    assert len(asked) >= 3 and {each.device for each in asked} == {"w"}
    later_us = clock.monotonic_us() + 70_000_000
    well.progress_us = later_us
    assert hanging.stalled_s(later_us) > 60 and well.stalled_s(later_us) == 0
    release.set()
    for line in (hanging, well):
        line.end()
        line.join(5)
        assert not line.is_alive()


def test_one_round_asks_every_line_once() -> None:
    mailbox = Mailbox()
    one_round([Line(name, [Device(name, good)], 1.0, SystemClock(), mailbox) for name in ("a", "b")], 5.0)
    assert sorted(each.device for each in mailbox.take(0.0) if isinstance(each, Answer)) == ["a", "b"]


@posix
def test_a_signal_is_a_piece_of_news() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    mailbox = Mailbox()
    try:
        mailbox.stop_on_signals()
        os.kill(os.getpid(), signal.SIGTERM)
        assert mailbox.take(2.0) == [Stop("SIGTERM")]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Reading along.


def told_along(journal: Overheard) -> list[str]:
    return [event.subject for event in journal.news(7)]


def test_the_journal_of_a_window_is_read_from_now_on_and_only_what_readings_need(tmp_path: Path) -> None:
    path = tmp_path / "window.jsonl"
    with FileJournal(path) as written:
        written.append(Event(0, 0, "label.received", "before"))
        journal = Overheard(path)
        for number, (kind, subject) in enumerate([("label.received", "S1"), ("patient.called", "patient-1"), ("alarm.raised", "printer")], 1):
            written.append(Event(number, 0, kind, subject, data={"alarm": "x", "window": "w"}))
        assert [(event.subject, event.at_us) for event in journal.news(7)] == [("S1", 7)]
    assert told_along(journal) == []


def test_half_a_line_waits_for_its_other_half_and_nonsense_is_passed_over(tmp_path: Path) -> None:
    path, line = tmp_path / "window.jsonl", Event(0, 0, "label.received", "S1").to_json().encode() + b"\n"
    journal = Overheard(path)  # not there yet
    assert told_along(journal) == []
    with path.open("ab") as file:
        for piece, heard in ((line[:20], []), (line[20:], ["S1"]), (b"\xff nonsense\n" + line, ["S1"])):
            file.write(piece)
            file.flush()
            assert told_along(journal) == heard
    assert journal.unreadable == 1
    path.write_bytes(line)  # begun anew
    assert told_along(journal) == ["S1"]


# Who runs, and who is told.


def test_a_second_agent_of_one_ledger_is_refused_by_name_of_the_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write({"pid": 4711, "started": "2026-11-23T06:30:00+08:00"})
    with Lock(folder):
        assert folder.running()
        with pytest.raises(UsageError, match="4711"), Lock(folder):
            pass
    assert not folder.running()


def test_the_heartbeats_age_is_unknown_where_there_is_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert age_s(folder.read(), START) is None
    folder.status.write_text("{ half", encoding="utf-8")
    assert folder.read() == {}
    folder.write({"heartbeat": START.isoformat()})
    assert age_s(folder.read(), START) == 0.0


@posix
@pytest.mark.parametrize("abstract", [False, pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has these"))])
def test_systemd_is_told_by_its_own_socket_at_half_its_interval(tmp_path: Path, abstract: bool) -> None:
    path = f"\0caixue-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(5)
        watchdog = Watchdog({"NOTIFY_SOCKET": path.replace("\0", "@"), "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())})
        watchdog.tell("READY=1")
        assert systemd.recv(100) == b"READY=1"
    assert watchdog.every_s == 30.0
    watchdog.tell("WATCHDOG=1")  # nobody there any more: no error


def test_where_nobody_watches_nothing_is_told() -> None:
    assert Watchdog({}).every_s is None
    assert Watchdog({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}).every_s is None  # meant for another process


PING = "import os, socket, sys, time; port, token = os.environ['CAIXUE_SUPERVISOR'].split(); s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
TELL = "s.sendto(f'{token} READY=1'.encode(), ('127.0.0.1', int(port)))\n"
QUICK = Patience(start_s=20.0, silent_s=0.5, end_s=2.0, again_s=0.05, longest_s=0.1)


@pytest.mark.parametrize(("first", "said"), [("sys.exit(1)", "1"), ("time.sleep(60)", "-9" if os.name != "nt" else "1")], ids=["crash", "stall"])
def test_a_child_that_crashes_or_stalls_is_started_again(tmp_path: Path, first: str, said: str) -> None:
    mark, told = tmp_path / "mark", list[str]()
    script = f"{PING}{TELL}import pathlib; mark = pathlib.Path({str(mark)!r})\nif mark.exists(): sys.exit(0)\nmark.touch()\n{first}"
    supervisor = Supervisor([sys.executable, "-c", script], SystemClock(), told.append, QUICK)
    assert supervisor.run() == 0 and supervisor.starts == 2
    assert f"({said})" in told[-1] or f"（{said}）" in told[-1]


def test_a_child_that_refuses_to_run_is_not_started_again() -> None:
    supervisor = Supervisor([sys.executable, "-c", "import sys; sys.exit(2)"], SystemClock(), lambda text: None, QUICK)
    assert supervisor.run() == 2 and supervisor.starts == 1


def test_a_ping_without_the_token_does_not_count() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        supervisor = Supervisor([], SystemClock(), lambda text: None)
        Watchdog({SUPERVISOR: f"{ear.getsockname()[1]} wrong"}).tell("WATCHDOG=1")
        assert not supervisor._heard(ear)
        Watchdog({SUPERVISOR: f"{ear.getsockname()[1]} {supervisor._token}"}).tell("WATCHDOG=1")
        assert supervisor._heard(ear)


# The command.


def test_a_site_of_the_twin_alone_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["agent", "eight-window", "--once"]) == 2
    assert "caixue serve" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["--interval", "5"], ["--interval", "0 s"], ["--interval", "1 h"], ["no-such-site"]])
def test_wrong_words_are_refused(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["agent", *(words if words[0] == "no-such-site" else ["eight-window", *words])]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_status_of_a_site_that_no_agent_watches_is_not_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["agent", "eight-window", "--status"]) == 99
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32" or subprocess.run(["which", "systemd-analyze"], capture_output=True).returncode != 0, reason="no systemd")
def test_the_unit_file_in_the_page_is_one_that_systemd_takes(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parent.parent.parent / "docs" / "agent.md").read_text(encoding="utf-8")
    unit = page.partition("```ini\n")[2].partition("```")[0]
    assert "WatchdogSec=" in unit and "Type=notify" in unit
    file = tmp_path / "caixue-agent.service"
    file.write_text(unit.replace("/opt/caixue/bin/caixue", sys.executable).replace("User=caixue\n", ""), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(file)], capture_output=True, text=True)
    assert "caixue-agent.service" not in done.stderr, done.stderr


# The main loop.


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WatchedRoom]:
    with watched_room(tmp_path) as made:
        yield made


HOST = "window-1.collection-host"


class Stuck(Line):
    """A line that has not moved on for so long."""

    def __init__(self) -> None:
        super().__init__("window-9.printer", [], 1.0, SystemClock(), Mailbox())
        self.seconds = 0.0

    def stalled_s(self, now_us: int) -> float:
        return self.seconds


def test_no_ping_while_a_line_is_stuck_and_it_is_noted_once(room: WatchedRoom) -> None:
    line = Stuck()
    room.agent.lines = [line]
    room.wait(10)
    assert room.pings.told[0] == "READY=1" and room.pings.told[1:] == ["WATCHDOG=1"] * 10
    line.seconds = 90.0
    room.wait(30)
    assert len(room.pings.told) == 11
    assert [(event.data["thread"], event.data["for_s"]) for event in room.events("agent.stalled")] == [("window-9.printer", 90.0)]
    line.seconds = 0.0
    room.wait(5)
    assert len(room.pings.told) == 16


def test_without_the_ledger_the_agent_goes_on_opens_incidents_and_brings_everything_over(room: WatchedRoom) -> None:
    with Busy(room.ledger):
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(60)
        assert room.agent.duties.incidents.open[HOST].number == "incident-0001"
        status = room.agent.folder.read()
        assert status["spool"]["waiting"] and status["spool"]["why"] and status["incidents"]
    room.wait(10)
    assert [event.kind for event in room.ledger.events()] == [
        "agent.started",
        "alarm.raised",
        "incident.opened",
        "window.blocked",
        "agent.stalled",
    ]
    assert not verify(room.ledger) and not room.agent.keeper.spool.waiting
    room.wait(600)
    assert len(room.events("incident.opened")) == 1
    assert [event.data["thread"] for event in room.events("agent.stalled")] == ["ledger"]


def test_an_agent_that_dies_without_the_ledger_leaves_its_spool_to_the_next(room: WatchedRoom) -> None:
    with Busy(room.ledger):
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(60)
    room.again()
    room.wait(60)
    assert [event.subject for event in room.events("alarm.raised", "incident.opened")] == [HOST, "incident-0001"]


def test_two_lives_without_the_ledger_open_one_incident(room: WatchedRoom) -> None:
    with Busy(room.ledger):
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(60)
        for _ in range(2):
            before = _known(room)
            room.again()
            assert _known(room) == before
            room.say("alarm.raised", HOST, alarm="motor-fault")  # its driver finds it again
            room.wait(60)
    room.wait(60)
    kinds = ("alarm.raised", "incident.opened", "incident.merged", "window.blocked")
    assert [event.kind for event in room.events(*kinds)] == ["alarm.raised", "incident.opened", "window.blocked"]
    assert not verify(room.ledger) and not room.agent.keeper.aside.count()


def test_what_a_person_did_while_the_agent_had_no_ledger_is_known_to_it_afterwards(room: WatchedRoom, tmp_path: Path) -> None:
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(30)
    with Busy(room.ledger):
        room.say("alarm.raised", "window-2.collection-host", alarm="door-open")
        room.wait(30)
        assert len(room.agent.duties.incidents.open) == 2
    people = {person.name: person.role for person in room.site.people}
    engineer = next(name for name, role in people.items() if role == "engineer")
    with open_ledger(tmp_path / "ledger.db", site=room.site.name, people=people, clock=FakeClock()) as other:
        other.note([Draft("incident.acknowledged", "incident-0001", {})], actor=engineer)
    room.wait(60)
    incidents = room.agent.duties.incidents
    assert {incident.device: incident.state for incident in incidents.waiting()} == {HOST: "acknowledged", "window-2.collection-host": "open"}


def test_an_incident_whose_number_somebody_else_used_meanwhile_gets_one_of_its_own(room: WatchedRoom, tmp_path: Path) -> None:
    with Busy(room.ledger):
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(30)
        room.say("alarm.raised", HOST, alarm="door-open")
        room.wait(30)
    people = {person.name: person.role for person in room.site.people}
    with open_ledger(tmp_path / "ledger.db", site=room.site.name, people=people, clock=FakeClock()) as other:
        Incidents(LedgerRecorder(other), other.clock, Deadlines.of(room.site), followed=other).report(
            "window-2.collection-host", "no-answer", window="window-2", windows_lost=0, by="nurse"
        )
    waiting = room.agent.keeper.spool.waiting
    first = next(kept for kept in renumbered(waiting, room.ledger) if kept.drafts[0].kind == "incident.opened")
    room.ledger.note(first.drafts, actor=first.actor, op=first.op, at_us=first.at_us)  # it dies after this one
    room.again()
    room.wait(30)
    assert [(event.subject, event.data["device"]) for event in room.events("incident.opened")] == [
        ("incident-0001", "window-2.collection-host"),
        ("incident-0002", HOST),
    ]
    assert [event.subject for event in room.events("incident.merged")] == ["incident-0002"]


def test_when_nothing_can_be_kept_it_waits_in_memory_and_is_said(room: WatchedRoom) -> None:
    room.agent.keeper.spool._size = 10  # no room at all
    with Busy(room.ledger):
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(30)
        assert not room.agent.keeper.spool.waiting and any("内存" in text or "memory" in text for text in room.said)
    room.wait(30)
    assert [event.subject for event in room.events("alarm.raised", "incident.opened")] == [HOST, "incident-0001"]


def test_how_long_no_agent_ran_is_noted(room: WatchedRoom) -> None:
    room.agent.stop("SIGTERM")
    room.clock.advance_to(room.clock.now_us + 600_000_000)
    room.again()
    assert [event.data["down_us"] for event in room.events("agent.started")] == [None, 600_000_000]
    assert [event.data["reason"] for event in room.events("agent.stopped")] == ["SIGTERM"]


def test_a_mistake_in_a_driver_is_noted_once_and_the_agent_goes_on(room: WatchedRoom) -> None:
    for _ in range(5):
        room.mailbox.put(Broken(HOST, "KeyError: 'speed'"))
        room.wait(1)
    assert [event.data["detail"] for event in room.events("agent.stalled")] == ["KeyError: 'speed'"]
    room.mailbox.put(Stop("SIGTERM"))
    room.wait(1)
    assert room.agent.stopping == "SIGTERM"


def test_words_that_would_steer_a_terminal_are_noted_written_out_and_cut(room: WatchedRoom) -> None:
    for _ in range(2):
        room.mailbox.put(Broken(HOST, "ValueError: \x1b[2J 坏\x00" + "x" * 900))
        room.wait(1)
    room.say("device.refused", HOST, alarm="jam", detail="\x02busy\x03")
    room.wait(1)
    (detail,) = [event.data["detail"] for event in room.events("agent.stalled")]
    assert detail.startswith(r"ValueError: \x1b[2J 坏\x00x") and len(detail) == 500
    assert [event.data["detail"] for event in room.events("device.refused")] == [r"\x02busy\x03"]
    assert not any("\x1b" in text for text in room.said)


def test_a_piece_of_news_that_nothing_can_take_is_said_once_and_holds_up_no_other(room: WatchedRoom) -> None:
    for _ in range(3):
        room.say("alarm.raised", "x" * 300, alarm="a")
        room.say("alarm.raised", HOST, alarm="motor-fault")
        room.wait(30)
    assert [event.subject for event in room.events("alarm.raised", "incident.opened")] == [HOST, "incident-0001"]
    assert len([text for text in room.said if "没有记下" in text or "not noted" in text]) == 1


def test_a_duty_that_goes_wrong_keeps_no_other_from_being_done(room: WatchedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise UsageError("\x07wrong")

    monkeypatch.setattr(room.agent.duties.monitors[-1], "judge", wrong)
    monkeypatch.setattr(room.agent.duties.monitors[1], "judge", wrong)
    room.say("alarm.raised", HOST, alarm="motor-fault")
    room.wait(30)
    assert room.events("incident.opened") and room.events("window.blocked")
    assert len([text for text in room.said if r"\x07wrong" in text]) == 1


def test_only_a_mistake_at_the_start_is_one_after_which_nobody_starts_it_again(room: WatchedRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(wait_s: float) -> None:
        raise UsageError("\x07wrong")

    monkeypatch.setattr(room.agent, "tick", wrong)
    with pytest.raises(CaixueError, match="wrong") as raised:
        _live(room.agent, room.said.append)
    assert not isinstance(raised.value, UsageError)
    assert [event.data["reason"] for event in room.events("agent.stopped")] == [r"\x07wrong"]


def test_the_status_counts_what_the_ledger_refused_until_somebody_has_moved_it_away(room: WatchedRoom, capsys: pytest.CaptureFixture[str]) -> None:
    room.agent.keeper.spool.add(Kept("op-bad", 0, "monitor", None, (Draft("alarm.raised", "x" * 300, {"alarm": "a"}),)))
    room.wait(10)
    status = room.agent.folder.read()
    assert (status["spool"]["waiting"], status["spool"]["refused"]) == (0, 1)
    _say({**status, "running": True, "heartbeat_age_s": 1.0, "below_eight": [], "below_eight_unknown": ""})
    assert "refused.jsonl" in capsys.readouterr().out
    room.agent.keeper.aside.path.unlink()
    room.wait(10)
    assert room.agent.folder.read()["spool"]["refused"] == 0


def test_who_must_be_told_is_said_once(room: WatchedRoom) -> None:
    for number in (1, 2):
        room.say("alarm.raised", f"window-{number}.collection-host", alarm="motor-fault")
    room.wait(3 * 86_400, step_s=3_600)
    due = [text for text in room.said if "head" in text]
    assert due and len(due) == len(set(due))
    assert {row["to"] for row in room.agent.folder.read()["escalations"]} == {"head"}


# A room that is laid down.


def run_noted(room: WatchedRoom, procedure: str, *, done: bool = True, ended: bool = True) -> None:
    """An engineer runs `procedure` over the whole room, of which one step stands here for all."""
    engineer = next(person.name for person in room.site.people if person.role == "engineer")
    recorder, run = LedgerRecorder(room.ledger), f"{procedure}-20261123-1"
    begun = {"plan": procedure, "steps": ["first"], "by": engineer, "dry": False, "windows": []}
    recorder.note("sequence.started", run, actor=engineer, **begun)
    if done:
        recorder.note("sequence.step", run, actor=engineer, step="first", device="", result="done", detail="", jobs=[])
    if done and ended:
        recorder.note("sequence.finished", run, actor=engineer, failed=[], skipped=[])


def silent_incidents(room: WatchedRoom) -> list[str]:
    return [event.data["device"] for event in room.events("incident.opened") if event.data["symptom"] == "no-answer"]


def test_after_a_shut_down_in_the_ledger_silent_devices_open_no_incident(room: WatchedRoom) -> None:
    run_noted(room, "shutdown")
    room.wait(10)
    for device in (HOST, "window-2.collection-host"):
        room.silent(device)
    room.wait(8 * 3_600, step_s=60)
    assert not room.events("incident.opened", "window.blocked", "reading.out-of-limit")
    room.again()  # it knows that after a restart too
    room.wait(60)
    assert not room.events("incident.opened", "window.blocked", "reading.out-of-limit")


def test_once_the_start_up_has_finished_a_silent_device_opens_its_incident(room: WatchedRoom) -> None:
    run_noted(room, "shutdown")
    room.wait(10)
    for device in (HOST, "window-2.collection-host"):
        room.silent(device)
    room.wait(3_600, step_s=60)
    run_noted(room, "startup", ended=False)
    room.wait(60)
    assert not silent_incidents(room)
    room.say("device.recovered", "window-2.collection-host")
    room.wait(1)
    LedgerRecorder(room.ledger).note("sequence.finished", "startup-20261123-1", failed=[], skipped=[])
    room.wait(60)
    assert silent_incidents(room) == [HOST]


def test_a_shut_down_that_only_began_with_no_step_done_blinds_nothing(room: WatchedRoom) -> None:
    run_noted(room, "shutdown", done=False)
    room.wait(10)
    room.silent(HOST)
    room.wait(60)
    assert silent_incidents(room) == [HOST]


_NEWS = st.one_of(
    st.tuples(st.just("alarm.raised"), st.sampled_from(["door-open", "motor-fault"])),
    st.tuples(st.just("alarm.cleared"), st.sampled_from(["door-open", "motor-fault"])),
    st.tuples(st.sampled_from(["link.timeout", "link.garbled", "device.recovered"]), st.just("")),
    st.tuples(st.just("wait"), st.integers(1, 100)),
    st.tuples(st.sampled_from(["die", "busy", "die-busy"]), st.integers(1, 30)),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_NEWS, max_size=20))
def test_whatever_happens_and_however_often_it_dies_a_restarted_agent_knows_what_it_knew(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, Any]]
) -> None:
    with watched_room(tmp_path_factory.mktemp("room")) as room:
        for act, detail in acts:
            if act == "wait":
                room.wait(detail, step_s=5)
            elif act == "die":
                room.again()
            elif act in ("busy", "die-busy"):
                with Busy(room.ledger):
                    if act == "die-busy":
                        room.wait(detail, step_s=5)
                        room.again()
                    room.wait(detail, step_s=5)
            else:
                room.say(act, HOST, **({"alarm": detail} if detail else {"detail": "x"}))
        room.wait(120, step_s=5)
        before = _known(room)
        opened = [event.subject for event in room.events("incident.opened")]
        room.again()
        assert _known(room) == before
        room.wait(120, step_s=5)
        assert [event.subject for event in room.events("incident.opened")] == opened
        assert len(opened) == len(set(opened))
        assert not verify(room.ledger)


def _known(room: WatchedRoom) -> tuple[object, ...]:
    duties = room.agent.duties
    watches = {name: (watch.alarms, watch.silent_since_us) for name, watch in duties.watches.items()}
    return watches, duties.blocking.blocked, {number: each.state for number, each in duties.incidents.incidents.items()}, duties.gauges.out
