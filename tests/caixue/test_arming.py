"""Arming: nothing that moves or prints reaches a real port unless a named person has armed the device, and for that time alone."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from caixue.drivers.base import Driver
from caixue.drivers.jobs import JobDriver
from caixue.drivers.ups import Ups
from caixue.errors import CaixueError, NotArmed, UncertainOutcome, UsageError
from caixue.link.arming import UNGUARDED, Arming, Guard, can_move
from caixue.link.port import Port
from caixue.opening import driver_classes, open_site
from caixue.site import Site, load_site
from caixue.tubes import LabelContent
from caixue.wire import escpos, megatec, tspl, zpl
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import START, FakeClock, Notes, recorder
from twin.devices.base import Surroundings
from twin.plant import model_classes
from twin.things import Station, TubeFactory

KINDS = sorted(driver_classes())
HALF_HOUR = START + timedelta(minutes=30)
LABEL = LabelContent("261123000042", ("张*", "紫帽 EDTA"))
needs_pty = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this platform has no pseudo terminals")


def arming(clock: FakeClock, *devices: str) -> tuple[Arming, Notes]:
    recording, notes = recorder(clock)
    return Arming("bench", devices, recording), notes


# On a real port.


MARK = b"<all>"


class Pty:
    """A pseudo terminal: `url` leads to it, `heard` is what has arrived at its far end."""

    def __init__(self) -> None:
        import tty

        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self.url = os.ttyname(self._near)

    def heard(self) -> bytes:
        """All that was written since the last call; a mark sent after it says when all has come."""
        os.write(self._near, MARK)
        data = b""
        while not data.endswith(MARK):
            data += os.read(self._far, 4096)
        return data.removesuffix(MARK)

    def close(self) -> None:
        os.close(self._far)
        os.close(self._near)


@pytest.fixture
def ptys() -> Iterator[Callable[[], Pty]]:
    made: list[Pty] = []

    def make() -> Pty:
        made.append(Pty())
        return made[-1]

    yield make
    for pty in made:
        pty.close()


SCRIPT = ((b"Q1\r", False), (b"T\r", True), (b"\x1b@ \x00\xff", True), (b"F\r", False), (b"C\r", True))


def play(port: Port) -> None:
    for data, moves in SCRIPT:
        with suppress(NotArmed):
            port.write(data, moves=moves)
    port.close()


@needs_pty
@pytest.mark.parametrize("guard", [None, "disarmed"])
def test_nothing_that_moves_reaches_a_port_that_nobody_has_armed(guard: str | None, ptys: Callable[[], Pty]) -> None:
    pty, clock = ptys(), FakeClock()
    play(Port(pty.url, clock, name="ups-1", arming=arming(clock, "ups-1")[0] if guard else None))
    assert pty.heard() == b"Q1\rF\r"


@needs_pty
def test_a_dry_run_keeps_exactly_the_bytes_that_an_armed_port_sends(ptys: Callable[[], Pty]) -> None:
    clock = FakeClock()
    dry, _ = arming(clock, "ups-1")
    hot, _ = arming(clock, "ups-1")
    hot.arm("王工", "ups-1", HALF_HOUR)
    silent, loud = ptys(), ptys()
    play(Port(silent.url, clock, name="ups-1", arming=dry))
    play(Port(loud.url, clock, name="ups-1", arming=hot))
    assert [(each.device, each.data) for each in dry.intended] == [("ups-1", data) for data, moves in SCRIPT if moves]
    assert loud.heard() == b"".join(data for data, _ in SCRIPT)
    assert not hot.intended


@needs_pty
def test_a_port_says_in_so_many_words_that_it_is_unguarded(ptys: Callable[[], Pty]) -> None:
    pty = ptys()
    play(Port(pty.url, FakeClock(), name="ups-1", arming=UNGUARDED))
    assert pty.heard() == b"".join(data for data, _ in SCRIPT)


@needs_pty
def test_a_neighbour_on_a_real_line_is_guarded_whatever_its_url_says(ptys: Callable[[], Pty]) -> None:
    pty, clock = ptys(), FakeClock()
    first = Port(pty.url, clock, name="unit-1")
    first.write(b"?")
    with pytest.raises(NotArmed):
        Port("twin://x", clock, name="unit-2", beside=first).write(b"x", moves=True)
    assert pty.heard() == b"?"
    first.close()


def test_a_url_cannot_be_changed_behind_the_back_of_its_guard() -> None:
    port = Port("twin://x", FakeClock(), name="x")
    with pytest.raises(AttributeError):
        port.url = "/dev/ttyUSB0"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "real"),
    [
        ("twin://1/window-1.label-printer", False),
        ("TWIN://1/x", False),
        ("replay://traffic.jsonl?device=x", False),
        ("/dev/ttyUSB0", True),
        ("COM3", True),
        ("socket://127.0.0.1:4001", True),
        ("rfc2217://10.0.0.1:4001", True),
        ("spy://twin://x", True),
        ("alt:///dev/ttyS0", True),
        ("loop://", True),
        ("twin:/dev/ttyS0", True),
    ],
)
def test_everything_but_twin_and_replay_needs_arming(url: str, real: bool) -> None:
    assert can_move(url) is real


# The state.


def refused(guard: Guard, device: str = "ups-1") -> str:
    with pytest.raises(NotArmed) as error:
        guard.check(device, b"x")
    return str(error.value)


def test_a_new_process_is_disarmed_and_so_is_a_forked_one(monkeypatch: pytest.MonkeyPatch) -> None:
    guard, _ = arming(FakeClock(), "ups-1")
    refused(guard)
    guard.arm("王工", "ups-1", HALF_HOUR)
    guard.check("ups-1", b"x")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    refused(guard)


def test_it_ends_at_its_time() -> None:
    clock = FakeClock()
    guard, notes = arming(clock, "ups-1")
    guard.arm("王工", "ups-1", HALF_HOUR, "验收")
    clock.advance_to(30 * 60_000_000 - 1)
    guard.check("ups-1", b"x")
    clock.advance_to(30 * 60_000_000)
    assert "王工" in refused(guard)
    assert [(event.kind, event.data.get("reason")) for event in notes.events[:2]] == [("arming.armed", "验收"), ("arming.disarmed", "expired")]


def test_setting_the_clock_back_does_not_prolong_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    guard, _ = arming(clock, "ups-1")
    guard.arm("王工", "ups-1", HALF_HOUR)
    clock.advance_to(31 * 60_000_000)
    monkeypatch.setattr(clock, "now", lambda: START)
    refused(guard)


def test_other_devices_stay_disarmed() -> None:
    guard, _ = arming(FakeClock(), "ups-1", "ups-2", "belt")
    guard.arm("王工", ["ups-*"], HALF_HOUR)
    guard.check("ups-2", b"x")
    refused(guard, "belt")
    guard.arm("李工", "belt", HALF_HOUR)
    refused(guard, "ups-2")
    guard.disarm()
    refused(guard, "belt")


@pytest.mark.parametrize(
    ("person", "devices", "until"),
    [
        (" ", ["ups-1"], HALF_HOUR),
        ("王工", [], HALF_HOUR),
        ("王工", ["ups-9"], HALF_HOUR),
        ("王工", ["ups-1"], START),
        ("王工", ["ups-1"], START + timedelta(hours=12, seconds=1)),
        ("王工", ["ups-1"], datetime(2026, 11, 23, 7, 30)),  # noqa: DTZ001
    ],
    ids=["nobody", "nothing", "unknown", "now", "too long", "no time zone"],
)
def test_what_is_no_arming_is_refused_and_changes_nothing(person: str, devices: list[str], until: datetime) -> None:
    guard, notes = arming(FakeClock(), "ups-1")
    with pytest.raises(UsageError):
        guard.arm(person, devices, until)
    assert guard.grant is None and not notes.events


def test_the_journal_has_size_and_digest_of_what_was_intended_and_no_name() -> None:
    guard, notes = arming(FakeClock(), "printer-1")
    with pytest.raises(NotArmed):
        guard.check("printer-1", "张三".encode("gb18030"))
    (event,) = notes.events
    assert (event.kind, event.subject, event.data["bytes"]) == ("dry-run.intended", "printer-1", 4)
    assert "张三".encode("gb18030").hex() not in event.to_json()


@needs_pty
def test_an_opened_site_is_disarmed_until_a_person_arms_it(tmp_path: Path, ptys: Callable[[], Pty], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path))
    pty, clock = ptys(), FakeClock()
    path = tmp_path / "site.toml"
    path.write_text(f'schema = 1\nextends = "eight-window"\n[[device]]\nname = "ups-1"\nkind = "ups"\nurl = "{pty.url}"\n', encoding="utf-8")
    site = open_site(path, clock=clock)
    ups: Any = site.drivers["ups-1"]
    with pytest.raises(NotArmed):
        ups.test()
    assert pty.heard() == b"" and site.arming.intended[0].data == megatec.TEST
    site.arm("王工", "ups-1", HALF_HOUR)
    ups.test()
    assert pty.heard() == megatec.TEST
    site.arming.disarm()
    with pytest.raises(NotArmed):
        ups.test()
    ups.port.close()


# Every driver.


@cache
def room() -> Site:
    return load_site("eight-window-full")


class Bench:
    """A driver and its model on a short wire that is guarded as a real port is."""

    def __init__(self, kind: str) -> None:
        self.clock, site = FakeClock(), room()
        self.name = next((device.name for device in site.devices.values() if device.kind == kind), f"window-1.{kind}")
        self.arming, self.notes = arming(self.clock, self.name)
        surroundings = Surroundings(Station(), TubeFactory(), site)
        self.model: Any = model_classes()[kind].build(self.name, 1, surroundings)
        self.port = LoopPort(self.model, self.clock, arming=self.arming)
        unit: dict[str, Any] = {"unit": 1} if issubclass(driver_classes()[kind], JobDriver) else {}
        self.driver: Any = driver_classes()[kind](self.name, self.port, self.clock, recorder(self.clock)[0], **unit)


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dispense": (1,),
    "lock_lane": (2,),
    "unlock_lane": (2,),
    "usable": (1,),
    "set_speed": (100,),
    "assign": ("edta-purple", 3),
    "print_label": (LABEL,),
    "render": (LABEL,),
    "print_receipt": (["回执"],),
    "print_ticket": ("A-017", 5),
    "listen": (0.1,),
    "wait_for_code": (0.1,),
    "show": (1, "A-017"),
    "shut_down": (600,),
    "carry_on": ((),),
}
HARMLESS = {  # what may be sent to a device that nobody has armed; of Modbus, the two functions that read
    "TSPL": {tspl.STATUS_QUERY, tspl.MILEAGE_QUERY + b"\r\n"},
    "ZPL II": {zpl.HOST_STATUS, zpl.ERROR_STATUS, zpl.IDENTIFICATION, zpl.ODOMETER},
    "ESC/POS": {*escpos.QUERIES, escpos.AUTOMATIC_ON, escpos.AUTOMATIC_OFF, escpos.counter_query(escpos.CUTS)},
    "Megatec Q1": {megatec.STATUS, megatec.RATING},
}


def operations(driver: type[Driver]) -> list[str]:
    return [name for name, _ in inspect.getmembers(driver, inspect.isfunction) if not name.startswith("_")]


def call(bench: Bench, operation: str) -> None:
    getattr(bench.driver, operation)(*ARGUMENTS.get(operation, ()))


@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_that_is_said_to_move_is_refused_while_disarmed(kind: str) -> None:
    bench = Bench(kind)
    for operation in bench.driver.moves:
        before = len(bench.arming.intended)
        with pytest.raises(NotArmed):
            call(bench, operation)
        assert len(bench.arming.intended) == before + 1, operation
    assert not bench.port.moving


@pytest.mark.parametrize("kind", KINDS)
def test_every_other_operation_of_a_driver_works_without_arming(kind: str) -> None:
    bench = Bench(kind)
    assert set(bench.driver.moves) <= set(operations(driver_classes()[kind]))
    for operation in operations(driver_classes()[kind]):
        if operation not in bench.driver.moves:
            call(bench, operation)
    assert not bench.arming.intended and not bench.port.moving


@pytest.mark.parametrize("kind", [kind for kind in KINDS if driver_classes()[kind].card.protocol != "ASCII lines"])
def test_a_disarmed_driver_sends_questions_alone_whatever_it_is_asked_to_do(kind: str) -> None:
    bench = Bench(kind)
    for operation in operations(driver_classes()[kind]):
        with suppress(CaixueError):
            call(bench, operation)
    assert bench.port.written
    for data in bench.port.written:
        if isinstance(bench.driver, JobDriver):
            assert data[1] in (3, 4), data.hex(" ")
        else:
            assert data in HARMLESS[bench.driver.card.protocol], data


@pytest.mark.parametrize("kind", [kind for kind in KINDS if driver_classes()[kind].moves])
def test_a_dry_run_of_a_driver_intends_what_an_armed_one_sends(kind: str) -> None:
    dry, hot = Bench(kind), Bench(kind)
    hot.arming.arm("王工", "*", HALF_HOUR)
    for bench in (dry, hot):
        for operation in bench.driver.moves:
            if operation not in ("purge", "restart", "print_label"):  # more than one write, of which a refusal shows the first
                with suppress(CaixueError):
                    call(bench, operation)
    if "print_label" in dry.driver.moves:
        for bench in (dry, hot):
            with suppress(CaixueError):
                bench.driver.print_label(LABEL)
        hot.port.moving[1:] = []
    assert [each.data for each in dry.arming.intended] == hot.port.moving != []


def test_a_job_that_has_begun_ends_although_arming_does() -> None:
    bench = Bench("tube-dispenser")
    bench.arming.arm("王工", "*", START + timedelta(seconds=0.5))
    assert bench.driver.dispense(1).colour > 0
    assert bench.clock.now() > START + timedelta(seconds=1)
    with pytest.raises(NotArmed):
        bench.driver.dispense(1)
    assert len(bench.port.moving) == 1 and len(bench.arming.intended) == 1


def test_a_refused_job_costs_nothing_and_the_next_reads_are_good() -> None:
    bench = Bench("tube-dispenser")
    before_us = bench.clock.now_us
    bench.driver.status()
    read_us = bench.clock.now_us - before_us
    with pytest.raises(NotArmed):
        bench.driver.dispense(1)
    before_us = bench.clock.now_us
    bench.driver.status()
    assert bench.clock.now_us - before_us == read_us


def test_a_label_that_was_refused_was_not_sent() -> None:
    bench = Bench("label-printer")
    with pytest.raises(NotArmed):
        bench.driver.print_label(LABEL)
    assert bench.driver.last_sent == "" and "label.sent" not in [event.kind for event in bench.driver.recorder.journal.events]


def test_when_arming_ends_while_a_label_is_printed_the_printers_own_trouble_is_told() -> None:
    bench = Bench("label-printer")
    bench.arming.arm("王工", "*", START + timedelta(seconds=0.2))
    bench.clock.call_later(300_000, bench.model.begin, "silence")
    with pytest.raises(UncertainOutcome):
        bench.driver.print_label(LABEL)
    assert [each.data for each in bench.arming.intended] == [bench.driver.purge_command]


def test_a_command_without_an_answer_is_refused_too() -> None:
    assert set(Ups.moves) == {"test", "shut_down", "cancel_shutdown"}
    bench = Bench("ups")
    with pytest.raises(NotArmed):
        bench.driver.shut_down(600)
    assert not bench.port.moving
