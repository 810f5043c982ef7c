"""The conformance suite: every device keeps every promise on the twin and in a recording, and broken promises are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from caixue.bench import Bench, open_bench
from caixue.conformance import ALARMS, CHECKS, Row, Subject, checks_for, conformance, run_check
from caixue.conformance_proofs import PROOFS, Proof
from caixue.drivers.base import Driver
from caixue.drivers.tube_dispenser import TubeDispenser
from caixue.link.arming import DISARMED, UNGUARDED, Guard
from caixue.link.recording import read_traffic
from caixue.opening import driver_classes
from caixue.site import load_site
from caixue.wire.modbus import Request
from tests.caixue.coupled import LoopPort
from tests.caixue.scripted import FakeClock, recorder
from twin.devices.tube_dispenser import TubeDispenserModel
from twin.things import Station, TubeFactory

LANES = dict(load_site("eight-window").tubes.lanes)


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAIXUE_LANG", raising=False)


def one_of_each_kind(bench: Bench) -> list[str]:
    return sorted({driver.card.kind: name for name, driver in bench.drivers.items()}.values())


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """The suite on the twin, one device of each kind, and the recording of it."""
    path = tmp_path_factory.mktemp("conformance") / "traffic.jsonl"
    bench = open_bench("twin:eight-window-full", path)
    rows = [row for name in one_of_each_kind(bench) for row in conformance(bench.subject(name))]
    bench.close()
    return path, rows


def test_every_device_of_the_twin_keeps_every_promise(recording: tuple[Path, list[Row]]) -> None:
    _, rows = recording
    assert not [row for row in rows if row.verdict == "fail"]
    assert {row.check for row in rows if row.verdict == "pass"} >= {check.name for check in (*CHECKS, ALARMS)}


def test_the_same_suite_passes_on_the_recording_of_that_run(recording: tuple[Path, list[Row]]) -> None:
    path, on_the_twin = recording
    bench = open_bench(f"replay:{path}")
    tried = [name for name in bench.drivers if name in {row.device for row in on_the_twin}]
    rows = [row for name in tried for row in conformance(bench.subject(name))]
    assert not [row for row in rows if row.verdict == "fail"]
    passed = {(row.device, row.check) for row in on_the_twin if row.verdict == "pass" and row.check != ALARMS.name}
    assert {(row.device, row.check) for row in rows if row.verdict == "pass"} == passed


def test_what_no_recording_holds_is_skipped_and_says_so(recording: tuple[Path, list[Row]], tmp_path: Path) -> None:
    path, _ = recording
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    short = tmp_path / "short.jsonl"
    short.write_text("".join(lines[:1]), encoding="utf-8")
    bench = open_bench(f"replay:{short}")
    rows = conformance(bench.subject("window-1.label-printer"))
    assert {row.verdict for row in rows} == {"skipped"} and "记录里没有" in rows[0].detail
    assert read_traffic(short)[1] == []


@pytest.mark.parametrize("kind", sorted(driver_classes()))
def test_every_capability_of_every_card_has_a_proof(kind: str) -> None:
    assert not set(driver_classes()[kind].card.capabilities) - PROOFS.keys()


# A bench of one dispenser, whose model may be wrong.


def dispenser(
    model_class: type[TubeDispenserModel] = TubeDispenserModel, driver_class: type[Driver] = TubeDispenser, arming: Guard = UNGUARDED
) -> Driver:
    model = model_class("dispenser", Station(), TubeFactory(), LANES, capacity=20, low=2)
    clock = FakeClock()
    return driver_class("dispenser", LoopPort(model, clock, arming=arming), clock, recorder(clock)[0])


def failing(subject: Subject) -> set[str]:
    return {row.check for row in conformance(subject) if row.verdict == "fail"}


def test_a_right_dispenser_fails_nothing() -> None:
    assert failing(Subject(dispenser(), may_actuate=True)) == set()


class AnswersForAll(TubeDispenserModel):
    def _answer(self, request: Request) -> None:
        self.unit = request.unit
        super()._answer(request)


class WantsWholeFrames(TubeDispenserModel):
    def feed(self, data: bytes) -> None:
        self._buffer = b""
        super().feed(data)


class InventsRegisters(TubeDispenserModel):
    def read_inputs(self) -> list[int]:
        return super().read_inputs() + [0] * 0xFFF0


class HangsAfterNonsense(TubeDispenserModel):
    def feed(self, data: bytes) -> None:
        self.silent = self.silent or data.startswith(b"\x00\xff")
        super().feed(data)


class CountsEveryReading(TubeDispenserModel):
    def read_inputs(self) -> list[int]:
        self.alarm = 4 - self.alarm
        return super().read_inputs()


class SlowToAnswer(TubeDispenserModel):
    def _answer(self, request: Request) -> None:
        send = self.send
        self.send = lambda data, after_us: send(data, 480_000)
        super()._answer(request)
        self.send = send


class SeesNoColour(TubeDispenserModel):
    def carry_out(self, command: str, parameter: int) -> int:
        result = super().carry_out(command, parameter)
        self.colour = 0
        return result


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        (AnswersForAll, "other-units-stay-silent"),
        (WantsWholeFrames, "takes-bytes-one-by-one"),
        (InventsRegisters, "refuses-unknown-register"),
        (HangsAfterNonsense, "survives-nonsense"),
        (CountsEveryReading, "status-is-stable"),
        (SlowToAnswer, "answers-status"),
        (SeesNoColour, "can-colour-sensor"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_planted_mistake_is_found_by_its_check(mistake: type[TubeDispenserModel], check: str) -> None:
    assert check in failing(Subject(dispenser(mistake), may_actuate=True))


def test_an_alarm_that_the_device_does_not_report_fails() -> None:
    nothing: Callable[[], None] = lambda: None  # noqa: E731
    rows = conformance(Subject(dispenser(), may_actuate=True, provoke=lambda device, alarm: nothing if alarm == "tube-jam" else None))
    (row,) = (row for row in rows if row.check == ALARMS.name)
    assert (row.verdict, row.detail) == ("fail", "not reported: tube-jam")


def test_nothing_moves_where_it_is_not_allowed() -> None:
    driver = dispenser()
    rows = {row.check: row for row in conformance(Subject(driver))}
    assert rows["can-colour-sensor"].verdict == rows["can-jobs"].verdict == "skipped"
    assert driver.port.model.dispensed == 0  # type: ignore[attr-defined]


def test_what_nobody_has_armed_is_skipped_and_says_so() -> None:
    rows = {row.check: row for row in conformance(Subject(dispenser(arming=DISARMED), may_actuate=True))}
    assert rows["can-colour-sensor"].verdict == "skipped" and "caixue arm" in rows["can-colour-sensor"].detail
    assert rows["answers-status"].verdict == "pass"


class Polished(TubeDispenser):
    """A dispenser from elsewhere, with a capability and a proof of its own."""

    card = TubeDispenser.card
    proofs = {"colour-sensor": Proof(lambda driver: driver.missing, actuates=False)}  # noqa: RUF012


def test_a_driver_from_elsewhere_brings_its_own_proofs_and_its_mistakes_are_rows() -> None:
    (check,) = (check for check in checks_for(Polished) if check.name == "can-colour-sensor")
    row = run_check(Subject(dispenser(driver_class=Polished)), check)
    assert row.verdict == "fail" and row.detail.startswith("AttributeError")
