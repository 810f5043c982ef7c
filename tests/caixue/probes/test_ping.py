"""Ping: read in every language that the system's program has; a missing program or right is unknown, and never the peer's fault."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from caixue.clock import SystemClock
from caixue.probes.asking import probe
from caixue.probes.ping import command, decoded
from caixue.probes.reading import Reading, State
from tests.caixue.probes.peers import spec

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for the program is a shell script")
LINUX = b"""PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.045 ms

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 0.045/0.045/0.045/0.000 ms
"""
WINDOWS_ZH = """
正在 Ping 127.0.0.1 具有 32 字节的数据:
来自 127.0.0.1 的回复: 字节=32 时间=12ms TTL=64

127.0.0.1 的 Ping 统计信息:
    数据包: 已发送 = 1，已接收 = 1，丢失 = 0 (0% 丢失)，
往返行程的估计时间(以毫秒为单位):
    最短 = 12ms，最长 = 12ms，平均 = 12ms
""".encode("gbk")
WINDOWS_EN = b"""
Pinging 127.0.0.1 with 32 bytes of data:
Reply from 127.0.0.1: bytes=32 time<1ms TTL=128

Ping statistics for 127.0.0.1:
    Packets: Sent = 1, Received = 1, Lost = 0 (0% loss),
Approximate round trip times in milli-seconds:
    Minimum = 0ms, Maximum = 0ms, Average = 0ms
"""
LOST = {
    "Linux": b"1 packets transmitted, 0 received, 100% packet loss, time 0ms\n",
    "Windows zh": "请求超时。\n    数据包: 已发送 = 1，已接收 = 0，丢失 = 1 (100% 丢失)，\n".encode("gbk"),
    "Windows en": b"Request timed out.\n    Packets: Sent = 1, Received = 0, Lost = 1 (100% loss),\n",
    "Windows zh unreachable": "来自 127.0.0.9 的回复: 无法访问目标主机。\n    数据包: 已发送 = 1，已接收 = 1，丢失 = 0 (0% 丢失)，\n".encode(
        "gbk"
    ),
    "Linux unreachable": b"From 127.0.0.9 icmp_seq=1 Destination Host Unreachable\n",
    "Windows TTL": "来自 127.0.0.9 的回复: TTL 传输中过期。\n".encode("gbk"),
}


def pinged(folder: Path, monkeypatch: pytest.MonkeyPatch, output: bytes, more: str = "", **asked: object) -> Reading:
    """The reading where the system's program prints that."""
    (folder / "output").write_bytes(output)
    program = folder / "ping"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{folder}/asked"\n{more}\ncat "{folder}/output"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return probe(spec("ping://127.0.0.1", **{"timeout_us": 5_000_000, **asked}), SystemClock())  # type: ignore[arg-type]


@posix
@pytest.mark.parametrize(("output", "us"), [(LINUX, 45), (WINDOWS_ZH, 12_000), (WINDOWS_EN, 1_000)])
def test_the_round_trip_is_read_in_each_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: bytes, us: int) -> None:
    reading = pinged(tmp_path, monkeypatch, output, count=3)
    assert (reading.state, reading.latency_us, reading.lost, reading.tried) == (State.OK, us, 0, 3)


@posix
@pytest.mark.parametrize("name", LOST)
def test_no_round_trip_is_a_lost_one_whatever_the_statistics_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    reading = pinged(tmp_path, monkeypatch, LOST[name])
    assert (reading.state, reading.lost) == (State.CRIT, 1) and reading.detail


@posix
def test_a_program_that_hangs_is_ended_with_the_deadline_even_if_its_child_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SystemClock()
    reading = pinged(tmp_path, monkeypatch, LINUX, more="sleep 20", timeout_us=200_000)
    assert reading.state is State.CRIT and clock.monotonic_us() < 10_000_000


@posix
def test_no_right_to_ping_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pinged(tmp_path, monkeypatch, b"ping: socket: Operation not permitted\n").state is State.UNKNOWN


def test_no_program_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if os.name == "nt":
        pytest.skip("Windows also looks in its own folder")
    reading = probe(spec("ping://127.0.0.1"), SystemClock())
    assert (reading.state, reading.tried) == (State.UNKNOWN, 0) and "ping" in reading.detail


def test_the_program_gets_words_and_no_shell() -> None:
    assert command("10.0.0.1", 1_500_000, windows=False) == ["ping", "-c", "1", "-W", "2", "10.0.0.1"]
    assert command("10.0.0.1", 1_500_000, windows=True) == ["ping", "-n", "1", "-w", "1500", "10.0.0.1"]


def test_what_is_no_utf_8_is_read_as_gbk() -> None:
    assert "时间=12ms" in decoded(WINDOWS_ZH) and decoded("时间=1 毫秒".encode()) == "时间=1 毫秒"
