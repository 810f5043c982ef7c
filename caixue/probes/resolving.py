"""Names to addresses, within a deadline: the system's resolver knows none, so it runs on a thread that nobody waits for longer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence

from caixue.errors import LinkLost
from caixue.lang import tr
from caixue.probes.deadline import Deadline

Address = tuple[int, tuple[object, ...]]  # family and what connect() takes
Look = Callable[[str], Sequence[Address]]


def by_system(host: str) -> Sequence[Address]:
    """The addresses of `host` as the system knows them; raises OSError."""
    return [(int(row[0]), row[4]) for row in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)]


class _Lookup(threading.Thread):
    """One question to the resolver."""

    def __init__(self, host: str, look: Look) -> None:
        super().__init__(name=f"resolve {host}", daemon=True)
        self.host, self.found, self.why, self._look = host, tuple[Address, ...](), "", look

    def run(self) -> None:
        try:
            self.found = tuple(self._look(self.host))
        except (OSError, UnicodeError) as error:
            self.why = str(error)


class Names:
    """Resolves names. A resolver that hangs has one thread a name, however often that name is asked for."""

    def __init__(self, look: Look = by_system) -> None:
        self._look = look
        self._guard = threading.Lock()
        self._running: dict[str, _Lookup] = {}

    def addresses(self, host: str, deadline: Deadline) -> tuple[Address, ...]:
        """The addresses of `host`. Raises ReplyTimeout when the deadline passes, LinkLost where there is none."""
        try:
            rows = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            return tuple((int(row[0]), row[4]) for row in rows)
        except (OSError, UnicodeError):
            lookup = self._asked(host)
        lookup.join(deadline.left_s())
        if lookup.is_alive():
            raise deadline.late("解析主机名", "resolving the name")
        with self._guard:
            if self._running.get(host) is lookup:
                del self._running[host]
        if not lookup.found:
            raise LinkLost(tr(f"解析不了 {host}：{lookup.why}", f"cannot resolve {host}: {lookup.why}"))
        return lookup.found

    def _asked(self, host: str) -> _Lookup:
        with self._guard:
            lookup = self._running.get(host)
            if lookup is None:
                lookup = self._running[host] = _Lookup(host, self._look)
                lookup.start()
        return lookup


NAMES = Names()
