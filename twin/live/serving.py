"""Running a bench until it is told to stop: listen, say where, serve, clean up."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caixue.errors import LinkLost, UsageError
from caixue.journal.file import FileJournal
from caixue.lang import tr
from caixue.site import BUILT_IN, Site
from twin.live.control import Control
from twin.live.journal import ToldJournal
from twin.live.ready import ready_text, write_ready
from twin.live.room import LiveRoom, Ways

HAS_PTY = hasattr(os, "openpty") and os.name == "posix"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    site: str
    host: str = "127.0.0.1"
    first_port: int = 0
    only: str | None = None  # "tcp" | "pty"
    links: Path | None = None
    seed: int = 0
    control: str = "auto"  # a port, "auto" or "off"
    journal: Path | None = None
    ready_file: Path | None = None


def serve(site: Site, asked: Asked, *, print: Callable[[str], object], tell: Callable[[str], object]) -> None:
    """Serve `site` until SIGINT or SIGTERM. Raises UsageError or LinkLost when it cannot begin."""
    if asked.only == "pty" and not HAS_PTY:
        raise UsageError(tr("这个平台没有 pty；用 --only tcp", "this platform has no pty; use --only tcp"))
    with ExitStack() as stack:
        kept = stack.enter_context(FileJournal(asked.journal)) if asked.journal is not None else None
        links = _links(asked, stack)
        ways = Ways(asked.host, asked.first_port, asked.only != "pty", links)
        runner = stack.enter_context(asyncio.Runner(loop_factory=asyncio.SelectorEventLoop))  # the one that watches plain descriptors
        runner.run(_serve(site, asked, ways, ToldJournal(tell, kept), print, tell))


def _links(asked: Asked, stack: ExitStack) -> Path | None:
    if asked.only == "tcp" or not HAS_PTY:
        return None
    if asked.links is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caixue-")))
    try:
        asked.links.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(tr(f"用不了 {asked.links}：{error.strerror}", f"cannot use {asked.links}: {error.strerror}")) from None
    return asked.links


async def _serve(
    site: Site, asked: Asked, ways: Ways, journal: ToldJournal, print: Callable[[str], object], tell: Callable[[str], object]
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: tell(_failure(context)))
    stop = asyncio.Event()
    _on_signals(loop, stop.set)
    room = LiveRoom(site, loop, journal, ways, seed=asked.seed)
    control = Control(room)
    try:
        text = ready_text(room, _base(asked.site), await _open(control, asked.control))
        print(text)
        if asked.ready_file is not None:
            write_ready(asked.ready_file, text)
        tell(tr(f"{len(room.reached)} 台设备就绪，Ctrl-C 停止", f"{len(room.reached)} devices are ready; Ctrl-C stops"))
        await stop.wait()
    finally:
        control.close()
        room.close()
    tell(tr("已停止", "stopped"))


async def _open(control: Control, port: str) -> str:
    if port == "off":
        return ""
    try:
        return await control.open(0 if port == "auto" else int(port))
    except OSError as error:
        raise LinkLost(tr(f"无法监听：{error}", f"cannot listen: {error}")) from None


def _base(site: str) -> str:
    return site if site in BUILT_IN else Path(site).resolve().as_posix()


def _failure(context: dict[str, Any]) -> str:
    """A mistake of the program's own, in one line: the bench goes on."""
    error = context.get("exception")
    return tr("程序出错 ", "the program failed: ") + (f"{type(error).__name__}: {error}" if error is not None else str(context.get("message")))


def _on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
