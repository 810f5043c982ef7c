"""The programs that run on this machine and who is logged in (contract C2.2.1), from psutil; arguments of programs are looked at and never kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath
from typing import Any, Protocol

import psutil

# Programs that run others: what they run is the first word of theirs that is no option.
_INTERPRETERS = ("python", "pythonw", "python3", "java", "javaw", "node", "dotnet", "perl", "ruby", "sh", "bash")
_ENDINGS = (".exe", ".py", ".jar", ".dll", ".js", ".sh")


@dataclass(frozen=True, slots=True)
class Process:
    """One running program; `names` are the words by which it may be known. None: this system does not tell."""

    pid: int
    names: frozenset[str]
    since_s: float  # seconds since 1970
    memory_bytes: int | None = None
    cpu_s: float | None = None  # used so far
    threads: int | None = None
    handles: int | None = None  # files, on Windows handles


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who is logged in, by the account's name; `since_s` in seconds since 1970."""

    account: str
    terminal: str
    since_s: float


class Programs(Protocol):
    """What runs on a machine."""

    def running(self) -> list[Process]:
        """Every program that this process may see. Raises OSError where nothing can be seen."""

    def logins(self) -> list[Login] | None:
        """Who is logged in; None where the system does not tell."""


class ThisMachine:
    """The machine that caixue runs on."""

    def running(self) -> list[Process]:
        """Every program that this process may see. Raises OSError where nothing can be seen."""
        try:
            found = [_process(one) for one in psutil.process_iter()]
        except psutil.Error as error:
            raise OSError(str(error)) from None
        return [one for one in found if one is not None]

    def logins(self) -> list[Login] | None:
        """Who is logged in; None where the system does not tell."""
        try:
            return [Login(one.name, one.terminal or "", one.started) for one in psutil.users()]
        except (psutil.Error, OSError, NotImplementedError, AttributeError):
            return None


def known_as(word: str) -> str:
    """A program's name as it is compared: without folder, ending and case."""
    plain = PureWindowsPath(PurePath(word).name).name.casefold()
    ending = next((each for each in _ENDINGS if plain.endswith(each)), "")
    return plain.removesuffix(ending)


def names_of(name: str, words: Sequence[str]) -> frozenset[str]:
    """By what a program may be known: its own name, that of its file, and of what an interpreter runs."""
    found = [known_as(name), *map(known_as, words[:1])]
    if any(each.rstrip("0123456789.") in _INTERPRETERS or each in _INTERPRETERS for each in found):
        found += [known_as(word) for word in words[1:] if not word.startswith("-")][:1]
    return frozenset(filter(None, found))


def _process(one: psutil.Process) -> Process | None:
    """What one program tells; None for one that has ended meanwhile."""
    try:
        with one.oneshot():
            since_s, name = one.create_time(), one.name()
            words = _asked(one.cmdline) or []
            memory, times = _asked(one.memory_info), _asked(one.cpu_times)
            handles = _asked(getattr(one, "num_handles", None) or one.num_fds)
            return Process(
                one.pid,
                names_of(name, words),
                since_s,
                None if memory is None else memory.rss,
                None if times is None else times.user + times.system,
                _asked(one.num_threads),
                handles,
            )
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None
    except psutil.AccessDenied:
        return Process(one.pid, frozenset(), 0.0)


def _asked(question: Callable[[], Any]) -> Any:
    """The answer; None where this account may not know it."""
    try:
        return question()
    except (psutil.AccessDenied, NotImplementedError, AttributeError, OSError):
        return None
