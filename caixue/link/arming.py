"""Arming: what moves or prints goes to a real port only while a named person has armed the device; all else is a dry run."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Protocol

from caixue.errors import NotArmed, UsageError
from caixue.journal import Recorder
from caixue.lang import tr
from caixue.units import nearest

SIMULATED = ("twin://", "replay://")  # nothing stands behind these that could move
LONGEST = timedelta(hours=12)  # a shift at most: docs/assumptions.md A-96
_KEPT = 1000  # intended writes kept in memory


def can_move(url: str) -> bool:
    """Whether something real may stand behind `url`, so that arming is needed. This is the only place that decides it."""
    return not url.lower().startswith(SIMULATED)


class Guard(Protocol):
    """Who is asked before anything that moves or prints leaves for a real port."""

    def check(self, device: str, data: bytes) -> None:
        """Return when `data` may go to `device` now; raises NotArmed when not."""


class _Unguarded:
    """Lets everything pass."""

    def check(self, device: str, data: bytes) -> None:
        """Return at once."""


class _Disarmed:
    """Lets nothing pass."""

    def check(self, device: str, data: bytes) -> None:
        """Raise NotArmed."""
        raise _refusal(device, tr("没有人授权", "nobody has armed it"))


UNGUARDED: Guard = _Unguarded()  # for benches of one's own, where nobody can be hurt: say so in so many words
DISARMED: Guard = _Disarmed()


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may let which devices of a site move, until when and why."""

    person: str
    devices: tuple[str, ...]
    until: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Intended:
    """Bytes that a dry run kept back."""

    at_us: int
    device: str
    data: bytes


def grant(person: str, patterns: str | Iterable[str], until: datetime, known: Iterable[str], now: datetime, reason: str = "") -> Grant:
    """A grant for the devices among `known` that fit `patterns` (names, * allowed).

    Raises UsageError without a person or devices, for a pattern that fits none, and unless `until` is an aware time that
    lies ahead, by 12 hours at most.
    """
    names = tuple(known)
    wanted = (patterns,) if isinstance(patterns, str) else tuple(patterns)
    if not person.strip():
        raise UsageError(tr("授权要有具名的人", "arming needs a named person"))
    if not wanted:
        raise UsageError(tr("授权要写明设备", "arming needs devices"))
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise UsageError(tr(f"现场没有设备 {pattern}", f"the site has no device {pattern}") + nearest(pattern, names))
    if until.tzinfo is None:
        raise UsageError(tr(f"{until} 没有时区", f"{until} has no time zone"))
    if not now < until <= now + LONGEST:
        most = LONGEST // timedelta(hours=1)
        raise UsageError(
            tr(f"授权到 {until} 为止：要在此刻之后、{most} 小时之内", f"armed until {until}: must lie ahead, by {most} h at most")
        )
    return Grant(person.strip(), tuple(name for name in names if any(fnmatchcase(name, each) for each in wanted)), until, reason)


class Arming:
    """The state of one site in one process: disarmed at first, and again in every other process, forked ones included.

    What it refuses is a dry run: the bytes are kept in `intended` (the last thousand writes), and the journal has their
    number and digest, not the bytes themselves, because a label or receipt may hold a name.
    """

    def __init__(self, site: str, devices: Iterable[str], recorder: Recorder) -> None:
        self.site = site
        self.devices = tuple(devices)
        self.intended: deque[Intended] = deque(maxlen=_KEPT)
        self.grant: Grant | None = None
        self._recorder = recorder
        self._clock = recorder.clock
        self._deadline_us = 0  # the same end by the clock that nobody can set back
        self._process = 0
        self._held: Callable[[], bool] = lambda: True

    def arm(self, person: str, devices: str | Iterable[str], until: datetime, reason: str = "") -> None:
        """Let `devices` (names, * allowed) move until `until`; replaces what was armed before. Raises UsageError as `grant` does."""
        self.arm_with(grant(person, devices, until, self.devices, self._clock.now(), reason))

    def arm_with(self, given: Grant, held: Callable[[], bool] = lambda: True) -> None:
        """Arm by a grant that stands as long as `held` says so, too; once it does not, it is over."""
        left_us = (given.until - self._clock.now()) // timedelta(microseconds=1)
        self._deadline_us = self._clock.monotonic_us() + left_us
        self._process, self._held, self.grant = os.getpid(), held, given
        self._recorder.note(
            "arming.armed",
            self.site,
            actor=given.person,
            person=given.person,
            devices=list(given.devices),
            until=given.until.isoformat(),
            reason=given.reason,
        )

    def disarm(self, reason: str = "disarmed") -> None:
        """From now on nothing moves. What a device is doing already it goes on doing. May be repeated."""
        given, self.grant = self.grant, None
        if given is not None:
            self._recorder.note("arming.disarmed", self.site, person=given.person, reason=reason)

    def check(self, device: str, data: bytes) -> None:
        """Return when `device` is armed; otherwise keep `data` as intended and raise NotArmed."""
        why = self._why_not(device)
        if why is not None:
            self._keep(device, data)
            raise _refusal(device, why)

    def _why_not(self, device: str) -> str | None:
        given = self.grant
        if given is None or self._process != os.getpid():
            return tr("没有人授权", "nobody has armed it")
        if self._clock.now() >= given.until or self._clock.monotonic_us() >= self._deadline_us:
            self.disarm("expired")
            return tr(f"{given.person} 的授权已到时", f"what {given.person} armed has expired")
        if device not in given.devices:
            return tr(f"{given.person} 的授权不含这台", f"{given.person} has armed other devices")
        if not self._held():
            self.disarm("lease-lost")
            return tr(f"{given.person} 的租约已失效", f"the lease of {given.person} is void")
        return None

    def _keep(self, device: str, data: bytes) -> None:
        self.intended.append(Intended(self._clock.monotonic_us(), device, data))
        self._recorder.note("dry-run.intended", device, bytes=len(data), sha256=sha256(data).hexdigest())


def _refusal(device: str, why: str) -> NotArmed:
    return NotArmed(tr(f"{device}：{why}；什么也没有发出，授权见 caixue arm", f"{device}: {why}; nothing was sent, see `caixue arm`"))
