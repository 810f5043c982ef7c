"""A portable watchdog: a parent that starts the agent, hears its pings, and starts it again after a crash or a stall. For machines without systemd."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from caixue.agent.watchdog import SUPERVISOR
from caixue.clock import US_PER_S, Clock
from caixue.lang import tr

STOPPED, WRONG = 0, 2  # exit codes after which the agent is not started again: asked to end; wrong use
_LOOK_S = 0.3


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits, in seconds: docs/assumptions.md A-119."""

    start_s: float = 120.0  # until the first ping
    silent_s: float = 60.0  # between two pings
    end_s: float = 5.0  # from asking to killing
    again_s: float = 1.0  # before starting it again; doubles with every failure in a row
    longest_s: float = 60.0
    steady_s: float = 600.0  # a life so long is no failure in a row


class Supervisor:
    """Keeps one command running."""

    def __init__(self, command: Sequence[str], clock: Clock, tell: Callable[[str], object], patience: Patience | None = None) -> None:
        self.command = tuple(command)
        self.patience = patience or Patience()
        self.starts = 0
        self._clock = clock
        self._tell = tell
        self._token = os.urandom(8).hex()
        self._asked_to_stop = False

    def run(self) -> int:
        """Until the command ends by itself or a signal asks for the end; gives its exit code."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(_LOOK_S)
            before = {number: signal.signal(number, self._stop) for number in _signals()}
            try:
                return self._keep(ear)
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _keep(self, ear: socket.socket) -> int:
        wait_s = self.patience.again_s
        while True:
            began_us = self._clock.monotonic_us()
            code = self._life(ear)
            if self._asked_to_stop or code in (STOPPED, WRONG):
                return STOPPED if self._asked_to_stop else code
            steady = self._clock.monotonic_us() - began_us > self.patience.steady_s * US_PER_S
            wait_s = self.patience.again_s if steady else wait_s
            self._tell(tr(f"代理结束了（{code}），{wait_s:g} 秒后重新启动", f"the agent ended ({code}); starting it again in {wait_s:g} s"))
            self._wait(wait_s)
            wait_s = min(2 * wait_s, self.patience.longest_s)
            if self._asked_to_stop:
                return STOPPED

    def _life(self, ear: socket.socket) -> int:
        """One child from its start to its end."""
        self.starts += 1
        environment = {**os.environ, SUPERVISOR: f"{ear.getsockname()[1]} {self._token}"}
        flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows: so that Ctrl-Break can be sent to it alone
        child = subprocess.Popen(self.command, env=environment, creationflags=flags)
        limit_s, heard_us = self.patience.start_s, self._clock.monotonic_us()
        while child.poll() is None:
            if self._heard(ear):
                limit_s, heard_us = self.patience.silent_s, self._clock.monotonic_us()
            if self._asked_to_stop:
                return self._end(child)
            if self._clock.monotonic_us() - heard_us > limit_s * US_PER_S:
                self._tell(tr(f"代理 {limit_s:g} 秒没有动静，结束它", f"the agent has been silent for {limit_s:g} s; ending it"))
                child.kill()
        return child.wait()

    def _heard(self, ear: socket.socket) -> bool:
        """Whether the child has said that it is alive, waiting a moment for it."""
        try:
            return ear.recv(200).decode("ascii", "replace") in (f"{self._token} READY=1", f"{self._token} WATCHDOG=1")
        except OSError:
            return False

    def _end(self, child: subprocess.Popen[bytes]) -> int:
        child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        try:
            return child.wait(self.patience.end_s)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()

    def _wait(self, wait_s: float) -> None:
        until_us = self._clock.monotonic_us() + int(wait_s * US_PER_S)
        while not self._asked_to_stop and self._clock.monotonic_us() < until_us:
            self._clock.sleep(min(0.2, wait_s))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop = True


def _signals() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
