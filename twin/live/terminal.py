"""The end of a serial line: a pseudo terminal."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from twin.live.ends import BLOCK, ClientEnd
from twin.live.hub import Hub


class PtyEnd(ClientEnd):
    """A pseudo terminal, raw, 8N1; the device's side of it stays open, so that clients may come and go. Linux and macOS only.

    `link` is a symbolic link to it whose path stays the same from run to run.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, hub: Hub, baudrate: int, link: Path) -> None:
        import tty

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self.link = link
        if link.is_symlink():  # left behind by a bench that was killed
            link.unlink()
        link.symlink_to(self.path)
        super().__init__(loop, hub, baudrate)
        self._listen()

    def _fileno(self) -> int:
        return self._master

    def _read(self) -> bytes:
        return os.read(self._master, BLOCK)

    def _write(self, data: bytes) -> None:
        if data:
            with suppress(OSError):  # nobody reads: the bytes are lost, as on a serial line
                os.write(self._master, data)

    def close(self) -> None:
        """Remove the link and the terminal."""
        if self.open:
            self.open = False
            self._loop.remove_reader(self._master)
            self.hub.leave(self)
            os.close(self._master)
            os.close(self._slave)
            if self.link.is_symlink() and os.readlink(self.link) == self.path:  # not another bench's by now
                self.link.unlink()
