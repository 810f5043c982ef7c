"""The agent as a process against a live bench: a fault is one incident, whatever kills the agent meanwhile, and a person closes it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from caixue.cli import main
from caixue.clock import SystemClock
from caixue.events import Event
from caixue.ledger import open_ledger
from caixue.ledger.verifying import verify
from caixue.site import Site, load_site
from tests.twin.live_bench import LiveBench, live_bench
from twin.live.ready import ready_text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this platform has no POSIX signals")

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 60.0  # only a hung process takes this long
HOST = "window-1.collection-host"


def until(holds: Callable[[], Any], process: subprocess.Popen[bytes] | None = None) -> Any:
    end_s = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert process is None or process.poll() is None, "the agent has ended"
        assert time.monotonic() < end_s, "nothing happened for a minute"
        time.sleep(0.02)
    return found


class Room:
    """A bench, the site file that leads to it, a ledger, and the agents that were started."""

    def __init__(self, bench: LiveBench, folder: Path) -> None:
        self.bench = bench
        self.file, self.ledger = folder / "ready.toml", folder / "small.ledger.db"
        self.file.write_text(ready_text(bench.room, str(folder / "small.toml")), encoding="utf-8")
        self.site: Site = load_site(self.file)
        self.agents: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """An agent that has made its first heartbeat."""
        status = self.folder / "status.json"
        status.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.twin.hurried_agent", str(self.file), str(self.ledger)]
        self.agents.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE))
        until(lambda: status.exists(), self.agents[-1])
        return self.agents[-1]

    @property
    def folder(self) -> Path:
        return Path(f"{self.ledger}.agent")

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "status.json").read_text(encoding="utf-8"))
        return found

    @contextmanager
    def open(self) -> Iterator[Any]:
        people = {person.name: person.role for person in self.site.people}
        with open_ledger(self.ledger, site=self.site.name, people=people, clock=SystemClock(), create=False) as ledger:
            yield ledger

    def events(self, *kinds: str) -> list[Event]:
        with self.open() as ledger:
            return list(ledger.events(kinds))

    def stop(self, agent: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit code, how long it took, and what was said."""
        began_s = time.monotonic()
        agent.send_signal(number)
        _, said = agent.communicate(timeout=PATIENCE_S)
        return agent.returncode, time.monotonic() - began_s, said.decode("utf-8")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with live_bench(tmp_path, pty=False) as bench:
        made = Room(bench, tmp_path)
        yield made
        for agent in made.agents:
            agent.kill()
            agent.wait()
            if agent.stderr is not None:
                agent.stderr.close()


def test_one_fault_is_one_incident_through_a_kill_and_a_person_closes_it(room: Room) -> None:
    agent = room.start()
    room.bench.within(lambda: room.bench.room.inject(HOST, "door-open"))
    (opened,) = until(lambda: room.events("incident.opened"), agent)
    assert (opened.data["device"], opened.data["window"], opened.data["symptom"]) == (HOST, "window-1", "door-open")
    assert [event.subject for event in until(lambda: room.events("window.blocked"), agent)] == ["window-1"]

    agent.kill()
    agent.communicate()
    agent = room.start()
    until(lambda: room.status()["devices"][0]["readings"] and room.status()["incidents"], agent)
    second = room.status()["heartbeat"]
    until(lambda: room.status()["heartbeat"] > second, agent)
    assert len(room.events("incident.opened")) == 1 and len(room.events("alarm.raised")) == 1
    assert [event.data["down_us"] is None for event in room.events("agent.started")] == [True, False]
    assert not room.events("agent.stopped")

    room.bench.within(lambda: room.bench.room.repair(HOST))
    until(lambda: room.events("alarm.cleared"), agent)
    assert [event.subject for event in until(lambda: room.events("window.restored"), agent)] == ["window-1"]
    engineer, head = (next(person.name for person in room.site.people if person.role == role) for role in ("engineer", "head"))
    where = ["--site", str(room.file), "--ledger", str(room.ledger), "--by", engineer]
    for act, *options in (
        ("take",),
        ("arrive",),
        ("diagnose", "--found", "前门没有关好"),
        ("restore", "--action", "关好前门"),
        ("close", "--verified-by", head),
    ):
        assert main(["incident", act, "1", *where, *options]) == 0
    until(lambda: room.status()["incidents"] == [], agent)  # it hears what a person notes beside it

    code, took_s, said = room.stop(agent)
    assert code == 0 and took_s < 5.0, said
    assert "Traceback" not in said
    assert [event.data["reason"] for event in room.events("agent.stopped")] == ["SIGTERM"]
    with room.open() as ledger:
        assert not verify(ledger)
    assert len(room.events("incident.opened")) == 1


def test_what_changes_while_no_agent_runs_is_noted_when_the_next_one_starts(room: Room) -> None:
    agent = room.start()
    room.bench.within(lambda: room.bench.room.inject(HOST, "door-open"))
    until(lambda: room.events("alarm.raised"), agent)
    agent.kill()
    agent.communicate()
    room.bench.within(lambda: room.bench.room.repair(HOST))
    agent = room.start()
    assert [event.data["alarm"] for event in until(lambda: room.events("alarm.cleared"), agent)] == ["door-open"]
    assert room.stop(agent, signal.SIGINT)[0] == 0


def test_a_device_that_cannot_be_reached_stops_no_other_and_a_second_agent_is_refused(room: Room) -> None:
    room.bench.within(lambda: room.bench.room.inject(HOST, "silence", link=True))
    agent = room.start()
    until(lambda: {row["name"]: row["state"] for row in room.status()["devices"]}.get(HOST) == "silent", agent)
    others = [row for row in room.status()["devices"] if row["name"] != HOST]
    assert len(others) == 4 and {row["state"] for row in others} == {"ready"}
    before = {row["name"]: row["readings"][0]["n"] for row in others}
    until(lambda: all(row["readings"][0]["n"] > before[row["name"]] for row in room.status()["devices"] if row["name"] != HOST), agent)
    (opened,) = until(lambda: room.events("incident.opened"), agent)
    assert opened.data["symptom"] == "no-answer" and opened.data["class"] == "一般"

    again = subprocess.run([sys.executable, "-m", "tests.twin.hurried_agent", str(room.file), str(room.ledger)], cwd=ROOT, capture_output=True)
    assert again.returncode != 0 and str(agent.pid) in again.stderr.decode("utf-8")
    assert len(room.events("link.timeout")) == 1  # a night of silence is one entry
    assert room.stop(agent)[0] == 0


def test_once_makes_one_round_and_status_and_doctor_tell_of_it(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    room.bench.within(lambda: room.bench.room.inject(HOST, "door-open"))
    words = [str(room.file), "--ledger", str(room.ledger)]
    assert main(["agent", *words, "--once"]) == 0
    assert [event.data["alarm"] for event in room.events("alarm.raised")] == ["door-open"]
    assert not room.events("agent.started", "agent.stopped")
    capsys.readouterr()
    assert main(["agent", *words, "--status", "--json"]) == 99  # nobody runs now
    status = json.loads(capsys.readouterr().out)
    assert status["alarms"] == [{"device": HOST, "alarm": "door-open"}] and not status["running"]
    assert [day["verdict"] for day in status["below_eight"]]
    main(["doctor", *words, "--devices", "--json"])
    findings = {row["check"]: row for row in json.loads(capsys.readouterr().out)["findings"]}
    assert findings[HOST]["state"] == "WARN" and "door-open" in findings[HOST]["text"]
    assert findings["window-1.label-printer"]["state"] == "OK" and findings["agent"]["state"] == "WARN"
