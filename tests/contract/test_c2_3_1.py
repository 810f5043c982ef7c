"""C2.3.1: the state and performance of servers and interfaces are known, and what is down becomes an incident with its clock."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from caixue.agent.lines import Mailbox, ProbeLine
from caixue.agent.opening import probe_lines
from caixue.agent.report import report
from caixue.clock import SystemClock
from caixue.ledger import LedgerRecorder
from caixue.probes.reading import Reading, State
from caixue.site import load_site
from caixue.wire.mllp import framed
from tests.caixue.probes.peers import closing, peer, refusing_port, silent
from tests.caixue.watched_room import WatchedRoom, watched_room
from tests.contract.typed import Typed

HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhealthy"
PROBE = '[[probe]]\nname = "{name}"\nkind = "{kind}"\ntarget = "{target}"\nabout = "{about}"\ntimeout = "{timeout}"\n{more}\n'


def site(folder: Path, *probes: str) -> Path:
    path = folder / "site.toml"
    host = '[[host]]\nname = "server-app"\nkind = "server"\naddress = "127.0.0.1"\n'
    path.write_text('schema = 1\nextends = "eight-window"\n' + host + "".join(probes), encoding="utf-8")
    return path


def row(name: str, kind: str, target: str, about: str, timeout: str = "5 s", more: str = "") -> str:
    return PROBE.format(name=name, kind=kind, target=target, about=about, timeout=timeout, more=more)


def acknowledging(connection: socket.socket, over: threading.Event) -> None:
    control_id = connection.recv(4096).split(b"|")[9]
    connection.sendall(framed(b"MSH|^~\\&|LIS||CAIXUE|||||1|T|2.4\rMSA|AR|" + control_id + b"\r"))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[WatchedRoom]:
    with watched_room(tmp_path) as made:
        yield made


def down(room: WatchedRoom, times: int, about: str = "his-interface", state: State = State.CRIT) -> None:
    for _ in range(times):
        room.mailbox.put(Reading(f"{about}-probe", about, state, None, 1, 1, "no answer"))
        room.wait(60, step_s=20)


# At the keyboard.


def test_the_engineer_sees_server_and_interfaces_with_latency_and_loss(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with peer(lambda connection, over: None) as server, peer(closing(HTTP_OK)) as his, peer(acknowledging) as lis:
        path = site(
            tmp_path,
            row("server-up", "tcp", f"tcp://127.0.0.1:{server}", "server-app", more="count = 5"),
            row("his", "http", f"http://127.0.0.1:{his}/health", "his-interface", more='expect = "healthy"'),
            row("lis", "mllp", f"mllp://127.0.0.1:{lis}", "lis-interface"),
        )
        found = Typed(path, tmp_path / "ledger.db", capfd).ok("probe run --json --note", by="engineer-1")
    rows = {each["name"]: each for each in found["readings"]}
    assert [rows[name]["state"] for name in ("server-up", "his", "lis")] == ["OK", "OK", "OK"]
    assert rows["server-up"]["tried"] == 5 and rows["server-up"]["lost"] == 0
    assert 0 < rows["server-up"]["latency_us"] <= rows["server-up"]["values"]["p95_us"] <= rows["server-up"]["values"]["max_us"]


def test_a_peer_that_is_down_is_a_finding_with_exit_code_99_and_stays_in_the_ledger(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with peer(silent) as hanging:
        path = site(
            tmp_path,
            row("server-up", "tcp", f"tcp://127.0.0.1:{refusing_port()}", "server-app"),
            row("lis", "mllp", f"mllp://127.0.0.1:{hanging}", "lis-interface", "200 ms"),
        )
        typed = Typed(path, tmp_path / "ledger.db", capfd)
        code, found, _ = typed.type("probe run --json --note", by="engineer-1")
    assert code == 99 and {each["state"] for each in found["readings"]} == {"CRIT"}
    noted = typed.ok("probe history --json")["history"]
    assert [(each["probe"], each["state"], each["by"]) for each in noted] == [
        ("server-up", "CRIT", "engineer-1"),
        ("lis", "CRIT", "engineer-1"),
    ]
    assert [each["state"] for each in typed.ok("probe list --json")["probes"]] == ["CRIT", "CRIT"]


def test_a_nurse_may_look_and_may_note_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    typed = Typed(site(tmp_path, row("x", "tcp", f"tcp://127.0.0.1:{refusing_port()}", "server-app")), tmp_path / "ledger.db", capfd)
    assert typed.type("probe run")[0] == 99
    typed.refused("probe run --note", by="nurse-1")
    assert typed.ok("probe history --json")["history"] == []


def test_wrong_use_says_what_to_do(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    typed = Typed(site(tmp_path, row("his", "http", "http://127.0.0.1/", "his-interface")), tmp_path / "ledger.db", capfd)
    assert "his" in typed.refused("probe run hiss")
    for target in ("tcp://127.0.0.1:1", "http://user:secret@127.0.0.1/", "ftp://127.0.0.1/"):
        bad = Typed(site(tmp_path, row("his", "http", target, "his-interface")), tmp_path / "ledger.db", capfd)
        assert "site.toml:" in bad.refused("probe run")
    none = Typed("eight-window", tmp_path / "ledger.db", capfd)
    assert "[[probe]]" in none.refused("probe run")


def test_this_machine_tells_its_disks_memory_and_uptime(capfd: pytest.CaptureFixture[str]) -> None:
    from caixue import cli

    code = cli.main(["probe", "machine", "--json"])
    out = capfd.readouterr().out
    assert code in (0, 99) and '"memory"' in out and '"uptime"' in out


# In the agent.


def test_an_interface_that_is_down_becomes_an_incident_with_its_deadline_and_ends_with_a_change(room: WatchedRoom) -> None:
    down(room, 3)
    (opened,) = room.events("incident.opened")
    assert (opened.data["device"], opened.data["symptom"], opened.data["class"]) == ("his-interface", "interface-down", "较大")
    assert opened.data["deadline_us"] > opened.at_us
    down(room, 1, state=State.OK)
    assert [event.data["state"] for event in room.events("probe.noted", "probe.changed")] == ["CRIT", "OK"]


def whole_room(room: WatchedRoom, procedure: str) -> None:
    """The engineer runs `procedure` over the whole room, of which one step stands here for all."""
    recorder, run = LedgerRecorder(room.ledger), f"{procedure}-20261123-1"
    begun = {"plan": procedure, "steps": ["first"], "by": "engineer-1", "dry": False, "windows": []}
    recorder.note("sequence.started", run, actor="engineer-1", **begun)
    recorder.note("sequence.step", run, actor="engineer-1", step="first", device="", result="done", detail="", jobs=[])
    recorder.note("sequence.finished", run, actor="engineer-1", failed=[], skipped=[])


def test_a_server_that_fails_while_the_room_is_laid_down_is_on_record_and_an_incident_once_the_room_is_back(room: WatchedRoom) -> None:
    whole_room(room, "shutdown")
    room.wait(5)
    down(room, 5)
    (noted,) = room.events("probe.noted")
    assert not room.events("incident.opened")
    whole_room(room, "startup")
    room.wait(5)
    down(room, 1)
    (opened,) = room.events("incident.opened")
    assert opened.data["occurred_us"] == noted.at_us < opened.at_us


def test_the_agents_status_names_every_probe(room: WatchedRoom) -> None:
    down(room, 1)
    (told,) = report(room.agent, "running")["probes"]
    assert (told["name"], told["about"], told["state"], told["detail"]) == ("his-interface-probe", "his-interface", "CRIT", "no answer")


def test_after_a_restart_the_incident_is_not_opened_twice(room: WatchedRoom) -> None:
    down(room, 3)
    room.again()
    down(room, 3)
    assert len(room.events("incident.opened")) == 1 and len(room.events("probe.noted", "probe.changed")) == 1


def test_a_peer_that_hangs_stalls_neither_the_other_probes_nor_the_room(room: WatchedRoom) -> None:
    room.agent.lines = [HangingLine(room)]
    before = len(room.pings.told)
    room.wait(300, step_s=5)
    assert "hangs" in room.agent.stalled and len(room.events("agent.stalled")) == 1
    assert len(room.pings.told) > before + 30  # the watchdog is told all the while that the agent is well
    room.say("alarm.raised", "window-1.collection-host", alarm="motor-fault")
    room.wait(30)
    assert len(room.events("incident.opened")) == 1


class HangingLine(ProbeLine):
    """A probe whose thread never comes back."""

    def __init__(self, room: WatchedRoom) -> None:
        (spec,) = [each for each in load_site("eight-window-full").probes if each.name == "his-orders"]
        super().__init__(spec, room.agent.keeper.clock, room.mailbox)
        self.name = "hangs"


def test_each_probe_has_a_thread_of_its_own_that_reads_it_every_so_often(tmp_path: Path) -> None:
    with peer(lambda connection, over: None) as port:
        path = site(tmp_path, row("up", "tcp", f"tcp://127.0.0.1:{port}", "server-app", more='every = "50 ms"'))
        mailbox = Mailbox()
        (line,) = probe_lines(load_site(path), SystemClock(), mailbox)
        line.start()
        found = [mailbox.take(10.0)[0] for _ in range(3)]
        line.end()
        line.join(10)
    assert [(each.name, each.state) for each in found if isinstance(each, Reading)] == [("up", State.OK)] * 3


def test_the_examples_of_the_site_file_that_ships_are_asked_by_nobody() -> None:
    assert probe_lines(load_site("eight-window-full"), SystemClock(), Mailbox()) == []


def test_a_call_about_an_interface_is_taken_like_one_about_a_device(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    typed = Typed(site(tmp_path, row("his", "http", "http://127.0.0.1/", "his-interface")), tmp_path / "ledger.db", capfd)
    typed.ok("incident open --device his-interface --symptom slow", by="engineer-1")
    assert "his-interface" in typed.ok("incident list")
