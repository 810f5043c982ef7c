"""What holds for every device there is: found by discovery, so that a newcomer is tested before anybody writes a test for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.conformance_proofs import proofs_of
from caixue.drivers.base import Driver
from caixue.drivers.jobs import JobDriver
from caixue.drivers.label_jobs import LabelDriver
from caixue.errors import DeviceError, LinkError
from caixue.opening import driver_classes
from caixue.site import Site, load_site
from caixue.tubes import TUBE_KINDS, LabelContent
from caixue.wire import display, tspl, zpl
from caixue.wire.modbus import READ_HOLDING, READ_INPUT, WRITE, Request, request_frame
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.base import DeviceModel, Surroundings
from twin.devices.label_printer import PrintedLabel
from twin.faults.catalogue import Fault, catalogue
from twin.plant import model_classes
from twin.things import Station, TubeFactory

KINDS = sorted(driver_classes())
ROWS = [row for row in catalogue().values() if row.device in driver_classes()]
ROUNDS = 10  # of looking and working while a fault lasts
PAUSES_S = [2.0**step for step in range(13)]  # between looks after its end: a battery takes its time
NO_ANSWER, OTHER_RESULT = "no-answer", "other-result"
LABEL = LabelContent("261123000042", ("张*", "紫帽 EDTA"))


def site(folder: Path) -> Site:
    """The default site with one more device of every kind, each at the first window."""
    rows = (f'[[device]]\nname = "window-1.{kind}-x"\nkind = "{kind}"\nurl = "twin://{kind}"\n' for kind in KINDS)
    path = folder / "site.toml"
    path.write_text('schema = 1\nname = "every-device"\nextends = "eight-window"\n' + "".join(rows), encoding="utf-8")
    return load_site(path)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return site(tmp_path_factory.mktemp("every-device"))


class Bench:
    """A driver and its model on a short wire, at a station with tubes and labels."""

    def __init__(self, kind: str, everything: Site) -> None:
        self.clock, self.station, self.factory = FakeClock(), Station(), TubeFactory()
        name = f"window-1.{kind}-x"
        self.model: DeviceModel = model_classes()[kind].build(name, 1, Surroundings(self.station, self.factory, everything))
        self.port = LoopPort(self.model, self.clock)
        recording, self.journal = recorder(self.clock)
        unit: dict[str, Any] = {"unit": 1} if issubclass(driver_classes()[kind], JobDriver) else {}
        self.driver: Driver = driver_classes()[kind](name, self.port, self.clock, recording, **unit)
        self.numbers = count(1)
        self.fired: list[str] = []

    def look(self) -> set[str]:
        """What one status and one piece of ordinary work show: alarms and errors."""
        seen: set[str] = set()
        for step in (self.driver.status, self._work):
            before = len(self.journal.events)
            try:
                step()
            except DeviceError as error:
                seen.add(error.alarm)
            except LinkError:
                seen.add(NO_ANSWER)
            seen |= {event.data["alarm"] for event in self.journal.events[before:] if event.kind == "alarm.raised"}
        return seen | set(self.driver.reading.alarms if self.driver.reading is not None else ())

    def begin(self, row: Fault) -> None:
        self.model.effects[row.symptom] = lambda: self.fired.append(row.kind)
        self.model.begin(row.symptom, **row.detail)

    def set_right(self) -> None:
        """What the workflow does after a person has been there."""
        try:
            if isinstance(self.driver, JobDriver):
                self.driver.reset()
            elif isinstance(self.driver, LabelDriver):
                self.driver.purge()
            self.driver.restart()
        except (DeviceError, LinkError):
            return
        finally:
            for place in (self.station.cradle, self.station.tray, self.station.bin):
                place.clear()

    def _work(self) -> None:
        self.result = work_of(self.driver)(self)


# Ordinary work of one kind of device, and what it shows; kinds that are not here do what their capabilities' proofs call work.


def _apply(bench: Bench) -> object:
    number = next(bench.numbers)
    bench.station.cradle[:] = [bench.factory.make("edta-purple")]
    bench.station.take_label = iter([PrintedLabel("p", number, "1", "1", True), None, None]).__next__
    driver: Any = bench.driver
    driver.apply_label()
    driver.release()
    bench.station.cradle[:] = [bench.factory.make("edta-purple")]
    driver.reject()
    return len(bench.station.cradle)


def _dispense(bench: Bench) -> object:
    driver: Any = bench.driver
    colours = [driver.dispense(lane).colour for lane in range(1, 9)]
    bench.station.cradle.clear()
    bench.model.refill()
    return colours


def _print(bench: Bench) -> object:
    bench.driver.print_label(LABEL)  # type: ignore[attr-defined]
    return [label.readable for label in iter(bench.station.take_label, None)]  # type: ignore[union-attr]


def _scan(bench: Bench) -> object:
    texts = []
    for serial in ("261123000041", "261123000042"):
        bench.station.cradle[:] = [bench.factory.make("edta-purple")]
        bench.station.cradle[0].labels.append(PrintedLabel("p", 1, serial, serial, True))
        texts.append(bench.driver.scan())  # type: ignore[attr-defined]
    return texts


WORK: Mapping[str, Callable[[Bench], object]] = {
    "collection-host": _apply,
    "tube-dispenser": _dispense,
    "label-printer": _print,
    "zpl-label-printer": _print,
    "barcode-scanner": _scan,
}


def work_of(driver: Driver) -> Callable[[Bench], object]:
    """The work of a kind. Without any, faults that show only at work cannot be noticed."""
    own = WORK.get(driver.card.kind)
    if own is not None:
        return own
    works = [proof.work for proof in proofs_of(driver).values() if proof is not None and proof.work is not None]

    def do_all(bench: Bench) -> object:
        for work in works:
            work(bench.driver)
        return None

    return do_all


def notices(row: Fault, everything: Site) -> tuple[Bench, set[str], object, set[str]]:
    """Bring the fault about and work on: the bench, what was there before, the healthy result, and what was noticed."""
    bench = Bench(row.device, everything)
    bench.driver.status()
    before = bench.look()
    healthy = bench.result
    bench.begin(row)
    seen: set[str] = set()
    for _ in range(ROUNDS):
        bench.result = healthy
        seen |= bench.look()
        if bench.result != healthy:
            seen.add(OTHER_RESULT)
        bench.clock.sleep(2.5)
    return bench, before, healthy, seen - before


# The tests.


def test_every_driver_has_a_model_and_every_model_a_driver() -> None:
    assert sorted(model_classes()) == KINDS, "a device is two files: caixue/drivers/<name>.py and twin/devices/<name>.py with the same card"
    assert [kind for kind in KINDS if model_classes()[kind].card is not driver_classes()[kind].card] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_device_has_no_alarms_before_and_after_its_ordinary_work(kind: str, everything: Site) -> None:
    bench = Bench(kind, everything)
    for _ in range(3):
        assert bench.look() == set()
        assert bench.driver.reading is not None and bench.driver.reading.state == "ready"
        bench.clock.sleep(5)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.device} {row.kind}")
def test_every_fault_fires_is_noticed_by_its_own_driver_and_leaves_no_trace(row: Fault, everything: Site) -> None:
    bench, before, healthy, seen = notices(row, everything)
    assert bench.fired == [row.kind], f"the model never called effect({row.symptom!r}) although it was asked and had to work"
    assert seen, f"{row.device}: the driver noticed nothing of {row.kind}: no alarm, no error, no other result of its work"
    bench.model.end(row.symptom)
    left: set[str] = set()
    for pause_s in PAUSES_S:
        bench.clock.sleep(pause_s)
        bench.set_right()
        for _ in iter(bench.station.take_label, None):
            pass
        left = bench.look()
        if left == before and bench.result == healthy:
            break
    assert (left, bench.result) == (before, healthy), f"{row.device}: after end({row.symptom!r}) something of {row.kind} is left"


@pytest.mark.parametrize("kind", KINDS)
def test_every_alarm_on_the_card_is_reached_by_a_fault_and_noticed_by_the_driver(kind: str, everything: Site) -> None:
    rows = [row for row in ROWS if row.device == kind]
    found = set().union(*(notices(row, everything)[3] for row in rows))
    missing = sorted({alarm.name for alarm in driver_classes()[kind].card.alarms.values()} - found)
    assert not missing, (
        f"{kind}: no fault leads to {missing}. Add a row to FAULTS beside the model, with begin_… and end_… methods, "
        f"or take the alarm off the card if the device cannot have it; rows there are: {[row.kind for row in rows]}"
    )
    assert NO_ANSWER in found, f"{kind}: no fault makes it fall silent"


# Bytes of each protocol: requests, jobs, halves and rubbish. Unknown protocols get what is on the card, in pieces.


def modbus(kind: str) -> list[bytes]:
    card = driver_classes()[kind].card
    reads = [request_frame(Request(unit, READ_INPUT, 0, 6)) for unit in (1, 2)] + [request_frame(Request(1, READ_HOLDING, 0, 3))]
    codes = [code for code in card.commands.values() if isinstance(code, int)]
    writes = [request_frame(Request(1, WRITE, 0, 3, (code, 1, number))) for number, code in enumerate(codes, 1)]
    broken = [reads[0][:-1] + b"\x00", reads[0][:3], b"\x01", b"\x01\x03", b"\xff"]
    return reads + writes + broken


JOBS: Mapping[str, list[bytes]] = {
    "TSPL": [tspl.render_label(LABEL), b"\x1b!S", b"\x1b!P", b"\x1b!O", b"\x1b!R", b"SET REPRINT ON\r\n", b'BARCODE 1,"\r\n', b"PRINT 2\r\n", b'"'],
    "ZPL II": [zpl.render_label(LABEL), b"~JR", b"~PP", b"~PS", b"^XA", b"^XZ", b"^FD", b"^JZY", b"^PQ2", b"~", b"^"],
    "ESC/POS": [b"\x1b@", "采血回执\n".encode("gb18030"), b"\x1dV\x00", b"\x1dv0\x00\x01\x00\x02\x00\x10\x04", b"\x10\x14\x01\x00\x02", b"\x1da\x0f",
                b"\x1b*\x01", b"\x10", b"\x1d", b"\x1d(k\x03\x00", b"\x1bd\x03", b"\x10\x05\x02"],
    "ASCII lines": [display.line("SHOW", 1, 1, display.encode("3 号窗")), display.line("STAT"), display.line("CLEAR", 2), b"$SHOW", b"\r", b"\n", b"*00\r"],
    "Megatec Q1": [b"Q1\r", b"F\r", b"T\r", b"S01\r", b"C\r", b"Q", b"\r", b"I\r"],
}  # fmt: skip


def pieces(kind: str) -> list[bytes]:
    """What the streams of this kind are made of."""
    card = driver_classes()[kind].card
    commands = [command for command in card.commands.values() if isinstance(command, bytes)]
    own = modbus(kind) if "Modbus" in card.protocol else JOBS.get(card.protocol, [])
    halves = [command[: len(command) // 2] for command in commands] + [b"\x00", b"\x7f\xff", b"xyzzy", b"\r\n"]
    return own + commands + [command + b"\r" for command in commands] + halves


def said(kind: str, everything: Site, chunks: list[bytes]) -> tuple[list[tuple[int, bytes]], int]:
    """All that a fresh model says to these chunks, fed at one moment, and within half a minute."""
    bench, answers = Bench(kind, everything), []
    bench.model.send = lambda data, after_us=0: answers.append((bench.clock.now_us + after_us, data))
    for chunk in chunks:
        bench.model.feed(chunk)
    bench.clock.advance_to(30_000_000)
    return answers, sum(1 for _ in iter(bench.station.take_label, None))


@pytest.mark.parametrize("kind", KINDS)
def test_whole_byte_by_byte_and_in_random_chunks_a_model_behaves_alike(kind: str, everything: Site) -> None:
    @settings(max_examples=25)
    @given(st.lists(st.sampled_from(pieces(kind)), min_size=1, max_size=7), st.data())
    def check(parts: list[bytes], data: st.DataObject) -> None:
        stream = b"".join(parts)
        cuts = sorted({0, len(stream), *data.draw(st.lists(st.integers(0, len(stream)), max_size=6))})
        random_chunks = [stream[start:end] for start, end in pairwise(cuts)]
        whole = said(kind, everything, [stream])
        assert said(kind, everything, [stream[at : at + 1] for at in range(len(stream))]) == whole, f"{kind}: byte by byte differs"
        assert said(kind, everything, random_chunks) == whole, f"{kind}: chunks {random_chunks} differ"

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_no_bytes_make_a_model_raise(kind: str, everything: Site) -> None:
    @settings(max_examples=20)
    @given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(pieces(kind))), max_size=8))
    def check(chunks: list[bytes]) -> None:
        said(kind, everything, chunks)

    check()


def test_the_colours_of_all_tube_kinds_differ() -> None:
    """The walk above tells a wrong rack by its colour."""
    colours = [kind.colour for kind in TUBE_KINDS.values()]
    assert len(set(colours)) == len(colours)
