"""C1: a monthly inspection with a plan and one round a month over application software, hardware, servers, databases and the network;
state and data are read and analysed, and hidden trouble is found.

The rules in detail: tests/caixue/ops/test_inspection.py, test_inspection_reading.py, test_trend.py, test_trouble.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from caixue.commands.inspect_desk import InspectionDesk, at_desk
from caixue.commands.inspect_round import guide
from caixue.errors import UsageError
from caixue.ledger import LedgerRecorder
from caixue.ledger.tables import inspection as tables
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_items import AREAS, How, State
from caixue.ops.inspection_known import Known
from caixue.ops.inspection_reading import Sources, observe
from caixue.ops.starting import START_UP
from caixue.probes.reading import Reading
from caixue.site_estate import ProbeSpec
from tests.caixue.ops.upkeep_room import Upkeep
from tests.contract.typed import Typed
from twin.devices.ups import UpsModel

ENGINEER = "engineer-1"
SMALL = """schema = 1
extends = "bare-windows"
name = "small"
[[host]]
name = "server-app"
kind = "server"
[[host]]
name = "server-db"
kind = "database"
[[host]]
name = "switch-1"
kind = "switch"
[[probe]]
name = "db-up"
kind = "tcp"
target = "tcp://127.0.0.1:{port}"
about = "server-db"
timeout = "1 s"
[[device]]
name = "ups-room"
kind = "ups"
url = "socket://127.0.0.1:{port}"
"""


@pytest.fixture
def closed_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def typed(tmp_path: Path, capfd: pytest.CaptureFixture[str], closed_port: int) -> Typed:
    """A small site whose database and UPS do not answer, typed at a console."""
    site = tmp_path / "small.toml"
    site.write_text(SMALL.format(port=closed_port), encoding="utf-8")
    return Typed(site, tmp_path / "small.ledger.db", capfd)


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The CPU of this machine is measured over no time at all."""
    monkeypatch.setattr("caixue.probes.machine.CPU_S", 0.0)


# through the console


def test_the_plan_says_when_the_round_is_due_and_what_is_looked_at(typed: Typed):
    planned = typed.ok("inspect plan --month 2026-10 --json")
    assert (planned["from"], planned["until"]) == ("2026-10-08", "2026-10-30")
    assert {row["area"] for row in planned["items"]} == set(AREAS)
    assert all(row["clause"] and row["source"] and row["how"] for row in planned["items"])


def test_a_round_is_made_without_a_terminal_command_by_command(typed: Typed):
    begun = typed.ok("inspect begin --json", by=ENGINEER)
    assert len(begun["open"]) > 10
    read = {event["data"]["item"]: event["data"] for event in typed.ok("inspect read --json", by=ENGINEER)["events"]}
    assert read["database-reach@db-up"]["state"] == "CRIT"  # nobody listens there
    assert read["server-reach@server-app"]["state"] == "UNKNOWN" and read["server-reach@server-app"]["reason"]  # no probe is about it
    assert read["device-state@ups-room"]["state"] == "UNKNOWN" and read["device-state@ups-room"]["value"] is None
    assert read["disk"]["value"] > 0
    typed.ok("inspect check look-room ok", by=ENGINEER)
    typed.ok("inspect skip app-* look-* --reason 停电", by=ENGINEER)
    assert "database-reach@db-up" in typed.refused("inspect finish", by=ENGINEER)
    for row in typed.ok("inspect show --json")["results"]:
        if row["state"] == "CRIT":
            typed.ok("inspect finding 连不上 --measure 联系院方 --severity 较大 --item", row["point"], by=ENGINEER)
    counts = typed.ok("inspect finish --json", by=ENGINEER)["counts"]
    assert counts["UNKNOWN"] >= 2 and counts["skipped"] == 10 and sum(counts.values()) == len(begun["open"])
    assert "已做" in typed.ok("inspect plan")
    typed.refused("inspect begin", by=ENGINEER)


def test_the_same_operation_sent_twice_is_noted_once(typed: Typed):
    typed.ok("inspect begin --op b1", by=ENGINEER)
    for _ in range(2):
        typed.ok("inspect finding 漏水 --measure 报修 --item look-room --op f1", by=ENGINEER)
    assert [row["number"] for row in typed.ok("inspect list --json")["findings"]] == ["finding-0001"]
    assert not typed.ok("inspect close-finding 1 --done 已修好 --json", by=ENGINEER)["finding"]["open"]


def test_only_the_engineer_inspects(typed: Typed):
    assert "nurse-1" in typed.refused("inspect begin", by="nurse-1")
    assert typed.ok("inspect list --json")["rounds"] == []


def test_bad_input_is_refused_with_what_to_do(typed: Typed):
    typed.ok("inspect begin", by=ENGINEER)
    for words in (
        "check look-roof ok",
        "check look-room good",
        "check cpu ok",
        "skip look-room",
        "finding x --measure y --until soon",
        "finish",
    ):
        assert typed.refused(f"inspect {words}", by=ENGINEER)
    assert "2026-13" in typed.refused("inspect plan --month 2026-13")


def test_hidden_trouble_is_told_with_its_reason_and_the_exit_code_says_so(typed: Typed):
    code, out, _ = typed.type("inspect trouble --json")
    assert code == 99
    assert ("backup", "ledger") in {(row["rule"], row["about"]) for row in out["troubles"]}
    assert all(row["text"] and row["clause"] for row in out["troubles"])


# the guided round


class Hand:
    """Somebody at a terminal who types these lines, and then is gone."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)

    def __call__(self, question: str) -> str:
        if not self.lines:
            raise EOFError
        line = self.lines.pop(0)
        if line == "^C":
            raise KeyboardInterrupt
        return line


@pytest.fixture
def duty(typed: Typed, tmp_path: Path) -> Iterator[InspectionDesk]:
    with at_desk(str(tmp_path / "small.toml"), str(tmp_path / "small.ledger.db"), ENGINEER) as duty:
        yield duty


@pytest.mark.parametrize("gone", ["^C", "q", ""], ids=["Ctrl-C", "leaves", "the line ends"])
def test_whoever_leaves_the_guided_round_finds_it_where_it_was(duty: InspectionDesk, gone: str):
    hand = Hand(["", "2", "插头松", *([gone] if gone else [])])
    if gone == "^C":
        with pytest.raises(KeyboardInterrupt):
            guide(duty, hand)
    else:
        guide(duty, hand)
    left = duty.inspection.to_look()
    assert len(left) == len([point for point in duty.inspection.points.values() if not point.automatic]) - 2
    critical = [
        name
        for name, result in duty.inspection.rounds[f"inspection-{duty.inspection.today:%Y-%m}"].results.items()
        if result.state is State.CRIT
    ]
    guide(duty, Hand(["nonsense", *[""] * len(left), *["连不上", "联系院方"] * len(critical), ""]))
    assert duty.inspection.current is None
    (done,) = duty.inspection.rounds.values()
    assert done.counts["WARN"] >= 1 and len(done.findings) == len(critical)


def test_a_skip_in_the_guided_round_asks_why_until_it_is_told(duty: InspectionDesk):
    guide(duty, Hand(["s", " ", "s", "今天封闭", "q"]))
    (current,) = duty.inspection.rounds.values()
    assert [result.words for result in current.results.values() if result.skipped] == ["今天封闭"]


# a simulated room with all its devices, on a ledger


class Inspected(Upkeep):
    """A room that was started, its ledger, and an engineer who inspects it; the network and this machine are models."""

    def __init__(self, place: Path) -> None:
        super().__init__(place, days=40)
        self.run(START_UP)
        self.inspection = Inspection(LedgerRecorder(self.ledger), self.site, self.ledger.start, self.ledger)
        self.known = Known(LedgerRecorder(self.ledger), self.ledger)
        self.probe: Callable[[ProbeSpec], Reading] = lambda spec: Reading(spec.name, spec.about, State.OK, 2_000, 0, spec.count)

    def read(self) -> None:
        figures = [
            Reading(name, "this-machine", State.OK, values={key: 0.4})
            for name, key in (("cpu", "busy"), ("memory", "used"), ("disk C:", "used"))
        ]
        sources = Sources(self.ledger.clock, self.known, self.plant.drivers, self.probe, lambda: figures)
        self.inspection.note_readings(self.do(lambda: observe(self.inspection.to_read(), sources)), by=ENGINEER)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Inspected]:
    room = Inspected(tmp_path / "room.ledger.db")
    with room.ledger:
        yield room


def test_every_device_answers_for_itself_and_its_counters_are_kept_as_wear(room: Inspected):
    room.inspection.begin(by=ENGINEER)
    room.read()
    (current,) = room.inspection.rounds.values()
    devices = [current.results[name] for name, point in room.inspection.points.items() if point.item.how in (How.DEVICE, How.WEAR)]
    assert len(devices) > 100 and {result.state for result in devices} == {State.OK}
    assert {device for device, _ in room.known.wear.meters} >= {"conveyor-1", "window-8.label-printer"}
    room.assert_whole()


def test_a_device_that_died_and_a_database_that_hangs_are_unknown_and_critical_and_the_round_goes_on(room: Inspected):
    good = room.probe
    room.probe = lambda spec: (
        Reading(spec.name, spec.about, State.CRIT, None, 1, 1, "no answer within 5 s") if spec.name == "oracle-up" else good(spec)
    )
    room.model(UpsModel).power_off()
    room.inspection.begin(by=ENGINEER)
    room.read()
    (current,) = room.inspection.rounds.values()
    assert current.results["device-state@ups-room"].state is State.UNKNOWN
    assert current.results["database-reach@oracle-up"].state is State.CRIT
    assert all(result.words for result in current.results.values() if result.state is State.UNKNOWN)
    with pytest.raises(UsageError):
        room.inspection.finish(by=ENGINEER)


def test_a_finished_round_stands_in_tables_that_the_hospital_can_query(room: Inspected):
    number = room.inspection.begin(by=ENGINEER).number
    room.read()
    (current,) = room.inspection.rounds.values()
    for name in current.open_points:
        room.inspection.check(name, "ok", by=ENGINEER)
    for name in room.inspection.unexplained(current):
        room.inspection.find("没有备份", by=ENGINEER, measure="今天备份", item=name)
    room.inspection.close_finding("1", done="已备份", by=ENGINEER)
    done = room.inspection.finish(by=ENGINEER)
    (row,) = room.rows(tables.inspection_round)
    assert (row.reference, row.person, row.good, row.unknown) == (number, ENGINEER, done.counts["OK"], done.counts["UNKNOWN"])
    assert len(room.rows(tables.inspection_reading)) == len(done.points)
    findings = room.rows(tables.inspection_finding)
    assert len(findings) == len(done.findings) and sum(row.closed is not None for row in findings) == 1


def test_two_who_begin_one_after_the_other_share_one_round(room: Inspected):
    others = [Inspection(LedgerRecorder(room.ledger), room.site, room.ledger.start, room.ledger) for _ in range(2)]
    assert len({one.begin(by=ENGINEER).number for one in others}) == 1
    assert len(room.rows(tables.inspection_round)) == 1
