"""C2.4: the network is watched; circuits and UPS are on record; mains are worked on with the hospital, whose instructions stand under names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.caixue.probes.peers import refusing_port
from tests.contract.typed import Typed

ADD = ("--type", "mains", "--feeds", "window-1", "--feeds", "window-2", "--rated", "220 V 32 A", "--contact", "facilities-1")


@pytest.fixture
def typed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Typed:
    path = tmp_path / "site.toml"
    lost = f'[[probe]]\nname = "switch"\nkind = "tcp"\ntarget = "tcp://127.0.0.1:{refusing_port()}"\nabout = "switch-1"\ncount = 4\n'
    path.write_text('schema = 1\nextends = "eight-window"\n' + lost, encoding="utf-8")
    return Typed(path, tmp_path / "ledger.db", capfd)


def circuit(typed: Typed) -> dict[str, Any]:
    found: dict[str, Any] = typed.ok("probe circuit list --json")["circuits"][0]
    return found


def test_loss_on_the_network_is_told_with_how_many_attempts(typed: Typed) -> None:
    code, found, _ = typed.type("probe run --json")
    (reading,) = found["readings"]
    assert (code, reading["lost"], reading["tried"], reading["latency_us"]) == (99, 4, 4, None)


def test_a_circuit_is_listed_inspected_handed_over_to_the_hospital_by_name_and_taken_back(typed: Typed) -> None:
    typed.ok("probe circuit add 2F-A", *ADD, by="engineer-1")
    typed.ok("probe circuit inspect 1 --passed --voltage 228.5 --current 11", by="engineer-1")
    typed.ok("probe circuit fault 1 --found 端子发热", by="engineer-1")
    assert "院方" in typed.refused("probe circuit mend 1 --action 自己换", by="engineer-1")
    typed.ok("probe circuit hand-over 1 --to facilities-1 --what 换端子", by="engineer-1")
    found = circuit(typed)
    assert (found["state"], found["to"], found["voltage_v"], found["feeds"]) == (
        "handed-over",
        "facilities-1",
        228.5,
        ["window-1", "window-2"],
    )
    typed.ok("probe circuit take-back 1 --person facilities-1 --result 已换", by="engineer-1")
    assert circuit(typed)["state"] == "in-use"


def test_nobody_but_the_hospital_gets_a_circuit_and_a_nurse_notes_none(typed: Typed) -> None:
    typed.refused("probe circuit add 2F-A", *ADD, by="nurse-1")
    typed.ok("probe circuit add 2F-A", *ADD, by="engineer-1")
    assert "facilities-1" in typed.refused("probe circuit hand-over 1 --to engineer-1 --what x", by="engineer-1")
    typed.refused("probe circuit fault 1 --found x --incident 9", by="engineer-1")


def test_a_ups_is_a_circuit_with_its_battery(typed: Typed) -> None:
    words = ("--type", "ups", "--feeds", "kiosk-1", "--rated", "3 kVA", "--contact", "facilities-1")
    typed.ok("probe circuit add UPS-1", *words, by="engineer-1")
    typed.ok("probe circuit inspect circuit-0001 --passed --battery 27.3", by="engineer-1")
    assert circuit(typed)["battery_v"] == 27.3


def test_an_instruction_of_the_hospital_stops_the_clock_in_its_name_and_lets_it_run_again(typed: Typed) -> None:
    typed.ok("incident open --device window-1.label-printer --symptom no-read", by="engineer-1")
    typed.ok("probe instruction add 等中午再修 --person facilities-1 --incident 1 --pause", by="engineer-1")
    paused = [event for event in _entries(typed) if event["kind"] == "incident.paused"]
    assert [(event["data"]["person"], event["data"]["reason"]) for event in paused] == [("facilities-1", "hospital-instruction")]
    typed.ok("probe instruction done 1 --result 12:10修好", by="engineer-1")
    assert [event["data"]["person"] for event in _entries(typed) if event["kind"] == "incident.resumed"] == ["facilities-1"]
    (found,) = typed.ok("probe instruction list --json")["instructions"]
    assert (found["person"], found["words"], found["state"], found["incident"]) == (
        "facilities-1",
        "等中午再修",
        "carried-out",
        "incident-0001",
    )


def test_the_same_command_sent_twice_is_one_instruction_and_one_pause(typed: Typed) -> None:
    typed.ok("incident open --device window-1.label-printer --symptom no-read", by="engineer-1")
    for _ in range(2):
        typed.ok("probe instruction add 等中午再修 --person facilities-1 --incident 1 --pause --op 7", by="engineer-1")
    assert [event["kind"] for event in _entries(typed)].count("instruction.opened") == 1
    assert [event["kind"] for event in _entries(typed)].count("incident.paused") == 1


def test_an_instruction_may_be_declined_with_a_reason_and_withdrawn_by_the_hospital(typed: Typed) -> None:
    typed.ok("probe instruction add 拔掉UPS --person facilities-1", by="engineer-1")
    typed.refused("probe instruction decline 1", by="engineer-1")
    typed.ok("probe instruction decline 1 --reason 会停窗", by="engineer-1")
    typed.ok("probe instruction add 停电检修 --person head-1", by="engineer-1")
    typed.refused("probe instruction withdraw 2 --person engineer-1 --reason x", by="engineer-1")
    typed.ok("probe instruction withdraw 2 --person head-1 --reason 改期", by="engineer-1")
    assert [each["state"] for each in typed.ok("probe instruction list --json")["instructions"]] == ["declined", "withdrawn"]


@pytest.mark.parametrize(
    "words",
    [
        "probe instruction add x --person engineer-1",
        "probe instruction add x --person facilities-1 --incident 5",
        "probe instruction add x --person facilities-1 --circuit 5",
        "probe instruction add x --person facilities-1 --pause",
        "probe instruction add x --person facilities-1 --said 2199-01-01T00:00",
        "probe instruction add x",
    ],
)
def test_an_instruction_of_nobody_or_about_what_does_not_exist_is_refused(typed: Typed, words: str) -> None:
    typed.refused(words, by="engineer-1")
    assert typed.ok("probe instruction list --json")["instructions"] == []


def _entries(typed: Typed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = typed.ok("ledger show --json --last 50")["events"]
    return found
