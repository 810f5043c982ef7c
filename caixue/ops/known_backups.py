"""Which backups of which version a record tells of that can still be gone back to (contract R5.5): verified, whole when last looked at, not expired."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.events import Event
from caixue.journal import Followed

KINDS = ("backup.made", "backup.checked", "backup.expired")


@dataclass(frozen=True, slots=True)
class KnownBackup:
    """One backup: its number, and of what."""

    number: str
    software: str
    version: str
    at_us: int


class KnownBackups:
    """The backups that count; it changes by hearing events alone."""

    def __init__(self, followed: Followed | None = None) -> None:
        self._known: dict[str, KnownBackup] = {}
        self._damaged: set[str] = set()
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def latest(self, software: str, version: str) -> KnownBackup | None:
        """The newest one of that version of that software."""
        whole = (each for each in reversed(self._known.values()) if each.number not in self._damaged)
        return next((each for each in whole if (each.software, each.version) == (software, version)), None)

    def hear(self, event: Event) -> None:
        """Take one event; hearing it again changes nothing."""
        number, data = event.subject, event.data
        if event.kind == "backup.made" and data["verified"] is True:
            self._known.setdefault(number, KnownBackup(number, data["software"], data["version"], event.at_us))
        elif event.kind == "backup.checked":
            (self._damaged.discard if data["whole"] else self._damaged.add)(number)
        elif event.kind == "backup.expired":
            self._known.pop(number, None)
