"""A running bench within the test's own process: an event loop in a thread of its own, and drivers that reach it like any client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caixue.clock import Clock, SystemClock
from caixue.drivers.base import Driver
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.link.arming import UNGUARDED
from caixue.link.port import Tap
from caixue.opening import make_driver
from caixue.site import Site, load_site
from twin.live.room import LiveRoom, Ways
from twin.live.serving import HAS_PTY

PATIENCE_S = 20.0  # only a hung bench takes this long

SMALL = """
schema = 1
extends = "eight-window"
name = "small"
device = []
[[window]]
name = "window-1"
devices = ["collection-host", "tube-dispenser", "label-printer", "thermal-printer", "barcode-scanner"]
[manual_station]
name = "manual-1"
devices = []
factor = 1.3
"""


def small_site(folder: Path) -> Path:
    """A site of one window with its five devices."""
    path = folder / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


class LiveBench:
    """A `LiveRoom` that listens; `journal` holds what became of its faults."""

    def __init__(self, loop: asyncio.AbstractEventLoop, site: Site, ways: Ways) -> None:
        self._loop = loop
        self.site = site
        self.journal = MemoryJournal()
        self.failures: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _loop, context: self.failures.append(context))
        self.room: LiveRoom = self.within(lambda: LiveRoom(site, loop, self.journal, ways))

    def within(self, function: Callable[[], Any]) -> Any:
        """Call `function` in the bench's own thread, and give its result."""

        async def call() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition of the room holds."""

        async def wait() -> None:
            while not holds():
                await asyncio.sleep(0.005)

        asyncio.run_coroutine_threadsafe(asyncio.wait_for(wait(), PATIENCE_S), self._loop).result()

    def driver(self, name: str, *, over: str = "tcp", tap: Tap | None = None, clock: Clock | None = None) -> Driver:
        """The driver of a device, on its TCP port or its pseudo terminal."""
        clock = clock or SystemClock()
        return make_driver(self.site.devices[name], clock, Recorder(MemoryJournal(), clock), url=self.url(name, over), tap=tap, arming=UNGUARDED)

    def url(self, name: str, over: str = "tcp") -> str:
        reached = self.room.reached[name]
        end = reached.tcp if over == "tcp" else reached.pty
        assert end is not None
        return end.url if over == "tcp" else end.path  # type: ignore[union-attr]

    def address(self, name: str) -> tuple[str, int]:
        """Host and port of a device."""
        host, _, port = self.url(name).removeprefix("socket://").partition(":")
        return host, int(port)


@contextmanager
def live_bench(folder: Path, site: Path | None = None, *, pty: bool = HAS_PTY) -> Iterator[LiveBench]:
    """A bench of `site` (default: one window); links to its pseudo terminals lie in `folder`."""
    loop = asyncio.SelectorEventLoop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        bench = LiveBench(loop, load_site(site or small_site(folder)), Ways(links=folder if pty else None))
        yield bench
        bench.within(bench.room.close)
        assert not bench.failures, bench.failures
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
