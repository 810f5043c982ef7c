"""What a site knows of its backups (contract C2.2.3): made, looked at, drilled, let go and due, told by events alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Followed, Recorder
from caixue.lang import tr
from caixue.ops.backup import media
from caixue.ops.backup.terms import RETENTION, TERM_DAYS, Copy, Due, Retention, drill_due, due, expiring
from caixue.ops.versions import Versions
from caixue.roles import allow, role_of
from caixue.site import MediumSpec, Site, SoftwareSpec
from caixue.units import nearest

KINDS = ("backup.made", "backup.checked", "backup.drilled", "backup.expired")


class Book:
    """The backups of a site. `base`: the folder of the site file; `scratch`: where copies are restored for a moment."""

    def __init__(
        self,
        recorder: Recorder,
        site: Site,
        followed: Followed | None = None,
        *,
        base: Path | None = None,
        scratch: Path | None = None,
        retention: Retention = RETENTION,
    ) -> None:
        self.recorder = recorder
        self.site = site
        self.base = base or Path()
        self.copies: dict[str, Copy] = {}  # by number, in the order in which they were made
        self._versions = Versions(site.software, followed)
        self.scratch = scratch
        self.retention = retention
        if followed is not None:
            followed.follow(self.hear, KINDS)

    @property
    def versions(self) -> dict[str, str]:
        """The installed version of every software."""
        return self._versions.usual()

    def software(self, name: str) -> SoftwareSpec:
        """The software of that name that has something to back up. Raises UsageError."""
        kept = {one.name: one for one in self.site.software if one.folder and one.kind in TERM_DAYS}
        if name not in kept:
            raise UsageError(
                tr(f"现场文件里没有要备份的软件 {name}", f"the site file has no software {name} with a folder") + nearest(name, tuple(kept))
            )
        return kept[name]

    def medium(self, name: str) -> MediumSpec:
        """The medium of that name. Raises UsageError."""
        return medium_of(self.site, name)

    def copy(self, number: str) -> Copy:
        """The backup of that number. Raises UsageError."""
        if number not in self.copies:
            raise UsageError(tr(f"账本里没有备份 {number}", f"the ledger knows no backup {number}") + nearest(number, self.copies))
        return self.copies[number]

    def present(self, number: str) -> Copy:
        """The backup of that number, which was not let go yet. Raises UsageError."""
        copy = self.copy(number)
        if copy.expired:
            raise UsageError(tr(f"备份 {number} 已到期删除", f"the backup {number} has expired and is deleted"))
        return copy

    def file(self, copy: Copy) -> Path:
        """Where a backup lies, on its medium, which must be there. Raises BackupError."""
        return self.place(copy.medium) / copy.file

    def place(self, medium: str) -> Path:
        """The folder of a medium that is there. Raises UsageError for an unknown one, BackupError for one that is missing or another."""
        folder = self.base / self.medium(medium).folder
        media.check(folder, self.site.name, medium)
        return folder

    def due(self) -> list[Due]:
        """What has no verified backup younger than its term, or none of the installed version; and the monthly drill."""
        now_us = self.recorder.clock.monotonic_us()
        kinds = {one.name: one.kind for one in self.site.software if one.folder and one.kind in TERM_DAYS}
        drill = drill_due(self.copies.values(), now_us)
        return due(kinds, self.versions, self.copies.values(), now_us) + ([drill] if drill else [])

    def expiring(self, medium: str) -> list[Copy]:
        """What no rule keeps on a medium."""
        here = [copy for copy in self.copies.values() if copy.medium == medium]
        return [
            copy
            for software in dict.fromkeys(copy.software for copy in here)
            for copy in expiring([each for each in here if each.software == software], self.day, self.retention)
        ]

    def hear(self, event: Event) -> None:
        """Take one event of the book."""
        data, copy = event.data, self.copies.get(event.subject)
        if event.kind == "backup.made" and data["verified"] is True:
            names = ("software", "version", "medium", "file", "sha256", "content", "files", "bytes")
            self.copies[event.subject] = Copy(event.subject, **{name: data[name] for name in names}, made_us=event.at_us, by=event.actor)
        elif copy is None:
            return
        elif event.kind == "backup.checked":
            self.copies[event.subject] = replace(copy, whole=data["whole"], reason=data["reason"])
        elif event.kind == "backup.drilled":
            self.copies[event.subject] = replace(copy, drilled_us=event.at_us)
        elif event.kind == "backup.expired":
            self.copies[event.subject] = replace(copy, expired=True)

    def day(self, at_us: int) -> datetime:
        """The instant `at_us` microseconds after the record's start."""
        clock = self.recorder.clock
        return clock.now() - timedelta(microseconds=clock.monotonic_us() - at_us)

    def may(self, kind: str, by: str) -> None:
        """Raises UsageError where that person may not note such an event: before any work is done for it."""
        allow(kind, by, role_of(by, {person.name: person.role for person in self.site.people}))


def medium_of(site: Site, name: str) -> MediumSpec:
    """The medium of that name in the site file. Raises UsageError."""
    known = {one.name: one for one in site.media}
    if name not in known:
        raise UsageError(tr(f"现场文件里没有介质 {name}", f"the site file has no medium {name}") + nearest(name, tuple(known)))
    return known[name]
