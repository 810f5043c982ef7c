"""Does a host answer an echo request? Asked through the system's own ping, whose answer is read in any of its languages (GBK on a Chinese Windows).

One run of the program is one attempt. A line with a round-trip time is an answer; "Destination host unreachable" has none.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile

from caixue.errors import CaixueError, LinkLost
from caixue.lang import tr
from caixue.probes.deadline import Deadline
from caixue.probes.reading import Attempt
from caixue.probes.resolving import NAMES, Names
from caixue.site_estate import Target

_TIME = re.compile(r"[=<](\d+(?:\.\d+)?) ?(?:ms|毫秒)")
_REAP_S = 1.0  # to bury a program that was killed
WORDS: Sequence[tuple[str, str, str]] = (  # what the program says → what that means; the first that fits
    ("not permitted|拒绝访问|Access denied|lacking privilege", "本机不许 ping", "this machine may not ping"),
    ("TTL expired|TTL 传输中过期|Time to live exceeded", "转发过多（TTL 用尽）", "too many hops (TTL expired)"),
    ("host unreachable|Host Unreachable|无法访问目标主机", "目标主机不可达", "destination host unreachable"),
    ("et unreachable|is unreachable|Net Unreachable|无法访问目标网", "网络不可达", "network unreachable"),
    ("General failure|一般故障|传输失败", "本机网络故障", "general failure of this machine's network"),
)
REFUSED = WORDS[0]


class CannotAsk(CaixueError):
    """This machine cannot put the question: no program, or no permission. Nothing follows about the peer."""


def attempt(target: Target, deadline: Deadline, names: Names = NAMES) -> Attempt:
    """One echo request. Raises LinkError where no answer came, CannotAsk where this machine cannot ask."""
    address = str(names.addresses(target.host, deadline)[0][1][0])
    text = _said(command(address, deadline.left_us(), os.name == "nt"), deadline)
    found = _TIME.search(text)
    if found is not None:
        return Attempt(round(float(found[1]) * 1000))
    meaning = next((row for row in WORDS if re.search(row[0], text)), None)
    if meaning is REFUSED:
        raise CannotAsk(tr(*REFUSED[1:]))
    if meaning is not None:
        raise LinkLost(tr(*meaning[1:]))
    raise deadline.late("等回声", "waiting for the echo")


def command(address: str, timeout_us: int, windows: bool) -> list[str]:
    """The words of the program: one request, and how long it waits for the answer."""
    if windows:
        return ["ping", "-n", "1", "-w", str(max(1, timeout_us // 1000)), address]
    return ["ping", "-c", "1", "-W", str(max(1, -(-timeout_us // 1_000_000))), address]


def decoded(output: bytes) -> str:
    """What the program printed, in whichever encoding."""
    try:
        return output.decode("utf-8")
    except UnicodeDecodeError:
        return output.decode("gbk", "replace")


def _said(words: Sequence[str], deadline: Deadline) -> str:
    """What the program printed until it ended or the deadline passed; into a file, because a pipe could be held open by others."""
    with TemporaryFile() as file:
        try:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, env=_environment())
        except OSError as error:
            raise CannotAsk(tr(f"没有 ping 程序：{error.strerror}", f"no program ping: {error.strerror}")) from None
        try:
            process.wait(deadline.left_s())
        except subprocess.TimeoutExpired:
            pass
        finally:
            if process.poll() is None:
                process.kill()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_REAP_S)
        file.seek(0)
        return decoded(file.read(10_000))


def _environment() -> Mapping[str, str]:
    return {**os.environ, "LC_ALL": "C"}
