"""`caixue startup` and `caixue shutdown` on a served bench, in real time: what they say, what they record, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from caixue import cli
from caixue.clock import SystemClock
from caixue.lease import TOKEN, Leases, moving_ports
from caixue.link.arming import grant
from caixue.site import load_site
from tests.twin.live_bench import LiveBench, live_bench
from twin.live.ready import ready_text

HALL = """
schema = 1
extends = "bare-windows"
name = "hall"
[[device]]
name = "slips-1"
kind = "thermal-printer"
url = "twin://slips-1"
[[device]]
name = "labels-1"
kind = "label-printer"
url = "twin://labels-1"
[[device]]
name = "waiting-display"
kind = "call-display"
url = "twin://waiting-display"
[[device]]
name = "ups-room"
kind = "ups"
url = "twin://ups-room"
"""
DEVICES = 4

Command = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LiveBench]:
    (tmp_path / "hall.toml").write_text(HALL, encoding="utf-8")
    with live_bench(tmp_path, tmp_path / "hall.toml") as bench:
        yield bench


@pytest.fixture
def ready(bench: LiveBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bench's site file; nobody has armed anything, and English is spoken."""
    monkeypatch.setenv("CAIXUE_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("CAIXUE_LANG", "en")
    monkeypatch.delenv(TOKEN, raising=False)
    path = tmp_path / "ready.toml"
    path.write_text(bench.within(lambda: ready_text(bench.room, "hall.toml")), encoding="utf-8")
    return path


@pytest.fixture
def armed(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `caixue arm` does for a program that it starts."""
    site, clock = load_site(ready), SystemClock()
    given = grant("engineer-1", "*", clock.now() + timedelta(minutes=5), site.devices, clock.now())
    ports = moving_ports({name: spec.url for name, spec in site.devices.items()})
    monkeypatch.setenv(TOKEN, Leases(clock).acquire(site.name, given, ports.values()).token)


@pytest.fixture
def command(ready: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Type one command; gives its exit code, what it printed (JSON as data) and what it said."""

    def type_(*words: str) -> tuple[int, Any, str]:
        code = cli.main([*words[:2], "--site", str(ready), *(() if words[1] == "status" else ("--by", "engineer-1")), *words[2:]])
        out, err = capfd.readouterr()
        return code, json.loads(out) if "--json" in words else out, err

    return type_


def steps_of(row: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["result"] for step in row["steps"]}


@pytest.mark.usefixtures("armed")
def test_a_start_up_on_live_endpoints_does_every_step_says_each_and_is_on_record(command: Command) -> None:
    code, out, err = command("startup", "run")
    assert code == 0, err
    lines = err.splitlines()
    assert len(lines) == 2 * DEVICES and all("done" in line for line in lines)
    assert "8 of 8 steps done" in out and max(map(len, out.splitlines())) <= 80 and out.encode("gbk")
    status = command("startup", "status", "--json")[1]
    assert status["complete"] and status["by"] == "engineer-1" and set(steps_of(status).values()) == {"done"}


@pytest.mark.usefixtures("armed")
def test_a_device_that_cannot_be_reached_is_exit_code_4_and_the_rest_is_started(bench: LiveBench, command: Command) -> None:
    bench.within(lambda: bench.room.models["slips-1"].begin("silence"))
    code, run, err = command("startup", "run", "--json")
    assert code == 4 and err == ""
    assert steps_of(run)["answers@slips-1"] == "failed" and steps_of(run)["display-cleared@waiting-display"] == "done"
    bench.within(lambda: bench.room.models["slips-1"].end("silence"))
    code, again, _ = command("startup", "run", "--resume", "--json")
    assert code == 0 and again["run"] == run["run"] and again["complete"]


@pytest.mark.usefixtures("armed")
def test_a_machine_that_refuses_is_exit_code_99_with_the_way_on(bench: LiveBench, command: Command) -> None:
    bench.within(lambda: bench.room.models["slips-1"].begin("paper-out"))
    code, out, err = command("startup", "run")
    assert code == 99
    assert "slip-printed@slips-1" in out and "paper" in out and "caixue startup run --resume" in err


@pytest.mark.usefixtures("armed")
def test_a_shut_down_stops_where_a_person_must_act_and_goes_on_with_a_name(bench: LiveBench, command: Command) -> None:
    code, run, _ = command("shutdown", "run", "--json")
    assert (code, run["waiting"]) == (2, "patients-gone")
    code, run, err = command("shutdown", "run", "--resume", "--confirm", "patients-gone", "--json")
    assert (code, run["waiting"]) == (2, "mains-cut"), err
    assert bench.within(lambda: bench.room.models["ups-room"]._shutdown)
    code, run, _ = command("shutdown", "run", "--resume", "--confirm", "mains-cut", "--json")
    assert code == 0 and run["confirmed"] == {"patients-gone": "engineer-1", "mains-cut": "engineer-1"}


def test_what_nobody_has_armed_is_exit_code_2_with_the_command_that_arms_it_and_nothing_is_recorded(command: Command) -> None:
    code, _, err = command("startup", "run")
    assert code == 2 and "caixue arm SITE" in err and "caixue startup run" in err
    assert command("startup", "status")[1].strip() == "there has been no start-up"


def test_a_dry_run_needs_nobody_to_arm_and_opens_no_port(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serial.serial_for_url", lambda *_, **__: pytest.fail("a port was opened"))
    code, run, _ = command("startup", "run", "--dry-run", "--json")
    assert code == 0 and run["dry"] and set(steps_of(run).values()) == {"would"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("startup", "run", "--resume"), "no start-up to resume"),
        (("startup", "run", "--window", "window-99"), "window-9"),
        (("shutdown", "run", "--confirm", "mains-cutt"), "mains-cut"),
    ],
)
def test_what_is_typed_wrong_is_exit_code_2_and_told(command: Command, words: tuple[str, ...], said: str) -> None:
    code, _, err = command(*words)
    assert code == 2 and said in err


def test_a_person_whom_the_site_does_not_know_starts_nothing(ready: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["startup", "run", "--site", str(ready), "--by", "engineer-9"]) == 2
    assert "engineer-1" in capfd.readouterr().err


def test_a_site_that_exists_in_a_simulation_alone_is_to_be_served_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["startup", "run", "--site", "eight-window", "--by", "engineer-1"]) == 2
    assert "caixue serve eight-window" in capfd.readouterr().err
