"""`caixue agent` in a process of its own whose clock runs fast, so that a test need not wait for the monitor's patience in real time."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager
from datetime import datetime

from caixue.agent.opening import Asked, folder_of, run
from caixue.clock import SystemClock
from caixue.site import load_site

PACE = 20


class HurriedClock:
    """The computer's clock, `PACE` times as fast."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._start = self._clock.now()

    def now(self) -> datetime:
        return self._start + PACE * (self._clock.now() - self._start)

    def monotonic_us(self) -> int:
        return PACE * self._clock.monotonic_us()

    def sleep(self, duration_s: float) -> None:
        self._clock.sleep(duration_s / PACE)

    def lock(self) -> AbstractContextManager[object]:
        return self._clock.lock()


def main(site: str, ledger: str) -> int:
    loaded = load_site(site)
    asked = Asked(ledger, folder_of(ledger, loaded.name), interval_s=0.1)
    return run(loaded, asked, os.environ, lambda text: print(text, file=sys.stderr, flush=True), clock=HurriedClock())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
