"""The commands serve, inject and devices: what they print, write and return, and that a bench ends as cleanly as it began."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caixue.cli import main
from caixue.journal.file import read_events
from caixue.opening import driver_classes, open_site
from caixue.site import load_site
from tests.twin.live_bench import small_site
from twin.bench_live import among_hostile
from twin.live.serving import HAS_PTY

PATIENCE_S = 60.0
DISPENSER = "window-1.tube-dispenser"
unix = pytest.mark.skipif(os.name == "nt", reason="this platform has no POSIX signals")


def wait_until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "nothing happened for a minute"
        time.sleep(0.01)


class Served:
    """`caixue serve` in a process of its own."""

    def __init__(self, folder: Path, *options: str, site: str = "") -> None:
        self.ready_file, self.links, self.journal = folder / "ready.toml", folder / "links", folder / "faults.jsonl"
        own = ["--ready-file", str(self.ready_file), "--journal", str(self.journal), *(["--links", str(self.links)] if HAS_PTY else [])]
        command = [sys.executable, "-m", "caixue.cli", "serve", site or str(small_site(folder)), *own, *options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, text=True, encoding="utf-8", **pipes)  # type: ignore[call-overload]
        wait_until(lambda: self.ready_file.exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()

    @property
    def ready(self) -> str:
        return self.ready_file.read_text(encoding="utf-8")

    @property
    def control(self) -> str:
        return self.ready.partition("--control ")[2].split()[0]

    def url(self, name: str) -> str:
        return next(row["url"] for row in tomllib.loads(self.ready)["device"] if row["name"] == name)

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; gives exit code, stdout and stderr."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@contextmanager
def served(folder: Path, *options: str, site: str = "") -> Iterator[Served]:
    bench = Served(folder, *options, site=site)
    try:
        yield bench
    finally:
        bench.process.kill()
        bench.process.wait()
        for pipe in (bench.process.stdout, bench.process.stderr):
            pipe.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


# serve


def test_the_ready_file_is_a_site_whose_drivers_reach_every_device(bench: Served) -> None:
    rows = tomllib.loads(bench.ready)["device"]
    assert len(rows) == 5 and all({"name", "kind", "url", "unit"} <= set(row) for row in rows)
    opened = open_site(bench.ready_file)
    for driver in opened.drivers.values():
        assert driver.status().state == "ready", driver.name
        driver.port.close()
    assert list(opened.windows) == ["window-1"]


@unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_with_exit_code_0(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as bench:
        assert not HAS_PTY or len(list(bench.links.iterdir())) == 5
        code, out, err = bench.stop(number)
        assert code == 0, err
        assert out.strip() == bench.ready.strip()
        assert "Traceback" not in err
        assert not HAS_PTY or list(bench.links.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["serve", "no-such-site"], "no-such-site"),
        (["serve", "bare-windows"], "bare-windows"),
        (["serve", "eight-window", "--only", "smoke"], "smoke"),
        (["serve", "eight-window", "--control", "-5"], "control"),
        (["inject", "--control", "127.0.0.1:9", "window-1"], "DEVICE"),
        (["inject", "--control", "nowhere", "--list"], "HOST:PORT"),
        (["inject", "--control", "127.0.0.1:9", "window-1.x", "silence", "lane"], "lane"),
    ],
)
def test_wrong_use_is_told_and_exits_2(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert complaint in capsys.readouterr().err


def test_a_port_that_is_taken_exits_4_and_leaves_no_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["serve", str(small_site(tmp_path)), "--port", str(taken.getsockname()[1]), "--links", str(tmp_path / "links")]
        assert main(words) == 4
    assert not HAS_PTY or list((tmp_path / "links").iterdir()) == []


def test_first_port_gives_every_device_a_port_of_its_own_in_order(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        first = found.getsockname()[1]
    with served(tmp_path, "--only", "tcp", "--port", str(first), "--control", "off") as bench:
        urls = [row["url"] for row in tomllib.loads(bench.ready)["device"]]
        assert urls == [f"socket://127.0.0.1:{first + number}" for number in range(5)]
        assert "--control" not in bench.ready


# inject


def test_a_fault_is_injected_seen_listed_repaired_and_journaled(bench: Served, capsys: pytest.CaptureFixture[str]) -> None:
    driver = open_site(bench.ready_file).drivers[DISPENSER]
    assert driver.status().values["empty"] == 0
    assert main(["inject", "--control", bench.control, DISPENSER, "lane-empty", "lane=3"]) == 0
    assert driver.status().values["empty"] == 1 << 2
    capsys.readouterr()
    assert main(["inject", "--control", bench.control, "--list", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["faults"][-1]
    assert (row["target"], row["kind"]) == (DISPENSER, "lane-empty")
    assert row["armed_us"] <= row["fired_us"] and row["ended_us"] is None
    assert main(["inject", "--control", bench.control, "--repair", DISPENSER]) == 0
    assert "lane-empty" in capsys.readouterr().out
    assert driver.status().values["empty"] == 0
    driver.port.close()
    kinds = [event.kind for event in read_events(bench.journal) if event.data.get("kind") == "lane-empty"]
    assert kinds == ["twin.fault-armed", "twin.fault-fired", "twin.fault-ended"]


def test_a_fault_with_a_duration_ends_by_itself(bench: Served) -> None:
    assert main(["inject", "--control", bench.control, "window-1.label-printer", "silence", "--link", "--for", "30 ms"]) == 0
    wait_until(lambda: read_events(bench.journal)[-1].kind == "twin.fault-ended")


def test_a_refused_fault_exits_2_with_the_nearest_word(bench: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inject", "--control", bench.control, DISPENSER, "lane-emty"]) == 2
    assert "lane-empty" in capsys.readouterr().err


def test_no_bench_at_that_address_exits_4(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert main(["inject", "--control", f"127.0.0.1:{port}", "--list"]) == 4


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"do":"inject"}', b'{"do":"repair","device":[]}', b"[" * 5000])
def test_whatever_comes_to_the_control_port_there_is_one_answer(bench: Served, line: bytes) -> None:
    host, _, port = bench.control.partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection, connection.makefile("rwb") as stream:
        stream.write(line + b'\n{"do":"list"}\n')
        stream.flush()
        assert json.loads(stream.readline())["ok"] is False
        assert json.loads(stream.readline())["ok"] is True


def test_an_endless_line_to_the_control_port_ends_that_connection_alone(bench: Served) -> None:
    host, _, port = bench.control.partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection, pytest.raises(OSError):
        for _ in range(10_000):
            connection.sendall(b"x" * 65_536)
    assert main(["inject", "--control", bench.control, "--list"]) == 0


# devices


def test_devices_prints_every_card_as_json(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["devices", "--json"]) == 0
    cards = {card["kind"]: card for card in json.loads(capfdbinary.readouterr().out)}
    assert set(cards) == set(driver_classes())
    for kind, driver in driver_classes().items():
        assert len(cards[kind]["alarms"]) == len(driver.card.alarms)
        assert set(cards[kind]["commands"]) == set(driver.card.commands)
        assert len(cards[kind]["inputs"]) == len(driver.card.inputs)


def test_devices_names_every_kind_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    out = capsys.readouterr().out
    assert all(kind in out for kind in driver_classes())


# hostile clients


def test_a_good_client_stays_within_twice_its_p99_among_hostile_ones_and_nothing_leaks() -> None:
    found = []
    for _ in range(8):  # other work on the machine can spoil a round; a bench that starves its clients spoils all
        found.append(among_hostile(connects=300, reads=120))
        if found[-1]["p99_ratio"] <= 2:
            break
    assert min(each["p99_ratio"] for each in found) <= 2, found
    last = found[-1]
    assert last["connections"] >= 250
    if last["memory_kb"][0]:
        assert last["memory_kb"][1] < 1.5 * last["memory_kb"][0]
        assert last["descriptors"][1] <= last["descriptors"][0] + 1


def test_every_device_of_the_default_site_is_served(tmp_path: Path) -> None:
    with served(tmp_path, "--only", "tcp", site="eight-window") as bench:
        assert len(tomllib.loads(bench.ready)["device"]) == len(load_site("eight-window").devices)
