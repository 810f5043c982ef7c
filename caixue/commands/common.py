"""What every command of the duties shares: where the site and the ledger are, who acts, how answers are asked for, and how things are shown."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import WORDS
from caixue.cli_help import App, Group
from caixue.commands.tables import show as show
from caixue.commands.tables import tell as tell
from caixue.errors import UsageError
from caixue.lang import tr
from caixue.units import nearest

if TYPE_CHECKING:
    from caixue.clock import Clock
    from caixue.events import Event
    from caixue.ledger import Ledger, LedgerRecorder
    from caixue.site import Site

SITE_FILE = "site.toml"

SiteOption = Annotated[
    str | None,
    typer.Option(
        "--site",
        envvar="CAIXUE_SITE",
        show_envvar=False,
        metavar="SITE",
        help=tr("现场文件或自带现场，默认 ./site.toml", "A site file or a built-in site; ./site.toml by default"),
    ),
]
LedgerOption = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        envvar="CAIXUE_LEDGER",
        show_envvar=False,
        metavar="LEDGER",
        help=tr("账本：文件或数据库地址，默认 <现场>.ledger.db", "The ledger, a file or a database URL; <site>.ledger.db by default"),
    ),
]
ByOption = Annotated[
    str | None, typer.Option("--by", envvar="CAIXUE_PERSON", show_envvar=False, metavar=tr("姓名", "NAME"), help=tr("谁做的", "Who does it"))
]


def bound(op: str) -> str:
    """The operation id `op` for the command line that is being carried out: the same words again are the same operation, others another one."""
    words = [word for word in WORDS.get() if word not in ("--json", "--op", op) and not word.startswith("--op=")]
    return f"{op}@{hashlib.sha256(chr(0).join(words).encode()).hexdigest()[:12]}" if op and words else op


OpOption = Annotated[
    str,
    typer.Option(
        "--op",
        metavar=tr("操作号", "ID"),
        callback=bound,
        help=tr("操作号：同一条命令重复提交只记一次", "Operation id: the same command sent twice is noted once"),
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help=tr("输出 JSON", "Print JSON"))]


def group(app: typer.Typer, name: str, zh: str, en: str) -> App:
    """A new group of commands under `name`."""
    made = App(cls=Group, help=tr(zh, en), no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(made, name=name)
    return made


@dataclass(frozen=True, slots=True)
class Desk:
    """A site with its ledger, open for one command."""

    site: Site
    ledger: Ledger
    recorder: LedgerRecorder
    person: str  # who acts; empty for commands that only look

    @property
    def clock(self) -> Clock:
        """The ledger's time."""
        return self.ledger.clock

    @property
    def now(self) -> datetime:
        """The present instant of the ledger's time line."""
        return self.ledger.clock.now()

    def done_before(self, op: str) -> list[Event]:
        """What the operation `op` noted before; nothing without one."""
        return self.ledger.done(op) if op else []

    def at_us(self, moment: datetime | None) -> int:
        """Microseconds from the record's start to `moment` (None: to now)."""
        from datetime import timedelta

        return self.clock.monotonic_us() if moment is None else (moment - self.ledger.start) // timedelta(microseconds=1)


@contextmanager
def open_desk(site: str | None, ledger: str | None, by: str | None = None, *, acts: bool = False, create: bool = True) -> Iterator[Desk]:
    """The desk for one command; one that `acts` needs a person of the site. Raises UsageError, LedgerError, LedgerDamaged."""
    from caixue.clock import SystemClock
    from caixue.ledger import LedgerRecorder, open_ledger
    from caixue.site import load_site

    source = site_source(site)
    loaded = load_site(source)
    people = {person.name: person.role for person in loaded.people}
    who = person(by, people) if acts else (by or "")
    with open_ledger(ledger_place(ledger, source, loaded.name), site=loaded.name, people=people, clock=SystemClock(), create=create) as opened:
        yield Desk(loaded, opened, LedgerRecorder(opened), who)


def place_and_people(site: str | None, ledger: str | None) -> tuple[str, str, dict[str, str]]:
    """Where the ledger is, its site's name and people, for commands on a ledger that may not open. Raises UsageError."""
    from caixue.site import load_site

    source = site_source(site)
    loaded = load_site(source)
    return ledger_place(ledger, source, loaded.name), loaded.name, {person.name: person.role for person in loaded.people}


def site_source(site: str | None) -> str:
    """The site that is meant. Raises UsageError where none is named and none lies here."""
    if site:
        return site
    if Path(SITE_FILE).exists():
        return SITE_FILE
    raise UsageError(
        tr(
            f"不知道是哪个现场：在命令里写明，或设 CAIXUE_SITE，或在有 {SITE_FILE} 的目录里运行",
            f"which site? Name it in the command, set CAIXUE_SITE, or run where {SITE_FILE} is",
        )
    )


def ledger_place(ledger: str | None, source: str, name: str) -> str:
    """Where the ledger is: as said, else beside the site's file, or here for a built-in site."""
    folder = Path(source).parent if source.endswith(".toml") else Path()
    return ledger or str(folder / f"{name}.ledger.db")


def person(by: str | None, people: Mapping[str, str]) -> str:
    """The person who acts. Raises UsageError for nobody and for a name that the site does not know."""
    name = ask(by, "--by", tr("谁做的", "who does it"))
    if name not in people:
        unknown = tr(f"{name!r}：现场文件里没有这个人", f"{name!r}: the site file knows nobody of that name")
        raise UsageError(unknown + nearest(name, people))
    return name


def ask(given: str | None, option: str, question: str) -> str:
    """The answer that an option gave, else the one typed at a terminal. Raises UsageError where there is neither."""
    if given is not None and given.strip():
        return given.strip()
    if sys.stdin is not None and sys.stdin.isatty():
        typed = input(f"{question}: ").strip()
        if typed:
            return typed
    raise UsageError(tr(f"{question}？请写 {option}", f"{question}? Give {option}"))


def moment(text: str | None, clock: Clock, option: str) -> datetime | None:
    """The instant in `08:03`, `2026-11-23 08:03` or ISO 8601, in Shanghai time; None for none. Raises UsageError otherwise."""
    from caixue.clock import SHANGHAI

    if text is None:
        return None
    try:
        words = text.strip().replace(" ", "T")
        if "T" not in words and len(words) <= 8:
            words = f"{clock.now():%Y-%m-%d}T{words}"
        found = datetime.fromisoformat(words)
    except ValueError:
        raise UsageError(
            tr(f"{option} 不是时间：{text}；写成 08:03 或 2026-11-23T08:03", f"{option} is no time: {text}; write 08:03 or 2026-11-23T08:03")
        ) from None
    return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found


def emit(data: Any) -> None:
    """Data for programs, as UTF-8 JSON on stdout, whatever the console's encoding."""
    sys.stdout.flush()
    text = json.dumps(data, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


def noted(events: Sequence[Event], *, as_json: bool, say: Callable[[], str]) -> None:
    """What a command has noted: as JSON, or in the words of `say`."""
    if as_json:
        emit({"schema": 1, "events": [json.loads(event.to_json()) for event in events]})
    else:
        print(say())


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else os.fspath(value) if isinstance(value, Path) else str(value)
