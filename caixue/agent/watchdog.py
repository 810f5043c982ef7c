"""Saying that one is alive to whoever watches: systemd by its socket, or our own supervisor by a datagram. Protocol: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

SUPERVISOR = "CAIXUE_SUPERVISOR"  # "port token" of a supervisor on this machine


class Watchdog:
    """Tells READY, WATCHDOG and STOPPING to systemd's socket (NOTIFY_SOCKET) and to a supervisor, where the environment names them.

    `every_s`: half the interval after which a watcher gives the process up; None where nobody watches.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._systemd = environment.get("NOTIFY_SOCKET", "")
        port, _, token = environment.get(SUPERVISOR, "").partition(" ")
        self._supervisor = (("127.0.0.1", int(port)), token) if port.isdigit() else None
        watched_us = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limits = ([int(watched_us) / 2e6] if watched_us.isdigit() and mine else []) + ([5.0] if self._supervisor else [])
        self.every_s = min(limits) if limits else None

    def tell(self, state: str) -> None:
        """Send one state, such as "WATCHDOG=1". A watcher who cannot be reached is no reason to stop."""
        if self._systemd:
            address = f"\0{self._systemd[1:]}" if self._systemd.startswith("@") else self._systemd
            _send(getattr(socket, "AF_UNIX", None), address, state)
        if self._supervisor is not None:
            address_of, token = self._supervisor
            _send(socket.AF_INET, address_of, f"{token} {state}")


def _send(family: int | None, address: str | tuple[str, int], text: str) -> None:
    if family is None:
        return
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as connection:
            connection.sendto(text.encode(), address)
    except OSError:
        return
