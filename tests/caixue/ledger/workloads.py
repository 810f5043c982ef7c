"""What a ledger may be busy with when the power fails: some twenty pieces of work, each on a fresh disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from unittest.mock import patch

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, LedgerRecorder, opening
from caixue.ledger.backup import back_up
from caixue.ledger.engine import make_engine
from caixue.ledger.migrating import migrate
from caixue.ledger.projecting import projected_tables
from caixue.ledger.rebuilding import rebuild
from caixue.ledger.revisions import VERSION_TABLE, revisions
from caixue.ops.stock import Stock
from caixue.site import load_site
from tests.caixue.ledger.powerless import PEOPLE, SITE, Bench

Work = Callable[[Bench], None]
STORE = load_site("eight-window").stock
ITEM = STORE[0].item


@dataclass(frozen=True, slots=True)
class Workload:
    """A piece of work, and the settings of the disk under it."""

    name: str
    work: Work
    options: Mapping[str, Any] = field(default_factory=dict)


def alarm(number: int, **more: Any) -> Draft:
    """An alarm of one of three devices."""
    return Draft("alarm.raised", f"conveyor-{number % 3}", {"alarm": "belt-blocked", **more})


def creation(bench: Bench) -> None:
    bench.open().close()


def creation_over_an_empty_file(bench: Bench) -> None:
    bench.file.touch()
    bench.open().close()


def creation_and_never_closed(bench: Bench) -> None:
    bench.open()


def single_notes(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(12):
            bench.note(ledger, alarm(number))


def batches(bench: Bench) -> None:
    with bench.open() as ledger:
        for size in (2, 7, 1, 30, 3):
            bench.note(ledger, *map(alarm, range(size)), op=f"batch-{size}")


def repeated_operations(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in (1, 1, 2, 1, 3, 3, 2):
            bench.note(ledger, alarm(number), alarm(number + 1), op=f"op-{number}")


def big_bodies(bench: Bench) -> None:
    with bench.open() as ledger:
        for size in (3_000, 50_000, 9_000, 20_000):
            bench.note(ledger, alarm(size, detail="传" * (size // 3)))


def large_batch_of_large_bodies(bench: Bench) -> None:
    with bench.open() as ledger:
        bench.note(ledger, *(alarm(number, detail="x" * 9_000) for number in range(8)))
        bench.note(ledger)


def closing_and_opening_again(bench: Bench) -> None:
    for number in range(4):
        with bench.open() as ledger:
            bench.note(ledger, alarm(number))
            bench.note(ledger, alarm(number), alarm(number + 1))


def two_programs_in_turn(bench: Bench) -> None:
    with bench.open() as one, bench.open() as other:
        for number in range(5):
            bench.note(one, alarm(number))
            bench.note(other, alarm(number), alarm(number + 1))


def one_program_comes_and_goes(bench: Bench) -> None:
    with bench.open() as stays:
        for number in range(3):
            bench.note(stays, alarm(number))
            with bench.open() as comes:
                bench.note(comes, alarm(number))
        bench.note(stays)


def the_first_program_leaves_first(bench: Bench) -> None:
    first, second = bench.open(), bench.open()
    bench.note(first)
    bench.note(second)
    first.close()
    bench.note(second)
    second.close()
    with bench.open() as third:
        bench.note(third)


def stock_moves(bench: Bench) -> None:
    with bench.open() as ledger:
        stock = Stock(LedgerRecorder(ledger), STORE, ledger)
        moves: tuple[Callable[[], object], ...] = (
            lambda: stock.receive(ITEM, 5, lot="a", by="engineer-1", expires=date(2027, 1, 1)),
            lambda: stock.receive(ITEM, 3, lot="b", by="engineer-1", expires=date(2026, 12, 1), op="delivery-1"),
            lambda: stock.receive(ITEM, 3, lot="b", by="engineer-1", expires=date(2026, 12, 1), op="delivery-1"),
            lambda: stock.count(ITEM, "a", 4, reason="one was missing", by="engineer-1"),
            lambda: stock.scrap(ITEM, "b", 1, reason="fell", by="engineer-1"),
        )
        for move in moves:
            move()
            bench.disk.ack(ledger.head())


def life_of_incidents(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(2):
            life_of_one_incident(bench, ledger, f"incident-{number:04d}")


def life_of_one_incident(bench: Bench, ledger: Ledger, name: str) -> None:
    times = {"occurred_us": 1, "reported_us": None, "detected_us": 2, "deadline_us": 9_000_000}
    opened = Draft("incident.opened", name, {"device": "conveyor", "window": "window-1", "class": "一般", "symptom": "x", **times})
    bench.note(ledger, opened, actor="monitor", op=f"open-{name}")
    for step in ("acknowledged", "on-site", "diagnosed", "restored", "closed"):
        bench.note(ledger, Draft(f"incident.{step}", name, {"found": "belt", "part": "motor"}))


def listening_while_another_writes(bench: Bench) -> None:
    with bench.open() as hears, bench.open() as writes:
        heard: list[Event] = []
        hears.follow(heard.append)
        for number in range(4):
            bench.note(writes, alarm(number))
            hears.catch_up()
        bench.note(hears)


def refusals_in_between(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(4):
            bench.note(ledger, alarm(number))
            for bad in (Draft("stock.scrapped", "x", {}), Draft("alarm.raised", "a\0b", {})):
                with suppress(UsageError):
                    ledger.note([alarm(number), bad], actor="nurse-1")


def another_journal_taken_over(bench: Bench) -> None:
    with bench.open() as ledger:
        past = [Event(number, number * 1_000, "alarm.raised", "conveyor-1", "monitor", None, {"alarm": "x"}) for number in range(40)]
        ledger.note_past(past)
        bench.disk.ack(ledger.head())
        bench.note(ledger)


def the_journal_s_own_way(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(6):
            ledger.append(Event(ledger.next_seq(), number, "alarm.raised", "conveyor-1", "monitor", None, {"alarm": "x"}))
            bench.disk.ack(ledger.head())


def several_acts_in_one_turn(bench: Bench) -> None:
    with bench.open() as ledger, ledger.turn():
        for number in range(5):
            bench.note(ledger, alarm(number))


def a_turn_that_ends_in_an_error(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(3):
            with suppress(KeyError), ledger.turn():
                bench.note(ledger, alarm(number))
                raise KeyError(number)


def checkpoints_by_hand(bench: Bench) -> None:
    with bench.open() as ledger:
        for mode in ("PASSIVE", "FULL", "RESTART", "TRUNCATE"):
            bench.note(ledger)
            with ledger.turn():
                bench_checkpoint(ledger, mode)
            bench.note(ledger)


def bench_checkpoint(ledger: Ledger, mode: str) -> None:
    """Write the log back, as SQLite does from time to time by itself."""
    raw = ledger.engine.raw_connection()
    raw.driver_connection.execute(f"PRAGMA wal_checkpoint({mode})")
    raw.close()


def corrections(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(4):
            bench.note(ledger, alarm(number))
            bench.note(ledger, Draft("entry.corrected", str(2 * number), {"reason": "wrong device", "right": "sorter-1"}))


def backups_in_between(bench: Bench) -> None:
    with bench.open() as ledger:
        for number in range(2):
            bench.note(ledger, alarm(number))
            back_up(ledger, bench.file.with_name("backups"), by="engineer-1")
            bench.disk.ack(ledger.head())
        bench.note(ledger)


def rebuilding(bench: Bench) -> None:
    with bench.open() as ledger:
        life_of_one_incident(bench, ledger, "incident-0001")
        rebuild(ledger)
        bench.disk.ack(ledger.head())
        bench.note(ledger)


def a_migration(bench: Bench) -> None:
    with bench.open() as ledger:
        life_of_one_incident(bench, ledger, "incident-0001")
        with ledger.engine.begin() as connection:  # as the first revision left it: no tables of duties
            for table in projected_tables():
                table.drop(connection)
            connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{revisions()[0]}'")
    on_our_disk = patch.object(opening, "make_engine", lambda url, **more: make_engine(url, **{**bench.options(), **more}))
    with on_our_disk:
        migrate(bench.file, bench.file.with_name("backups"), site=SITE, people=PEOPLE, by="engineer-1", clock=bench.clock)
    with bench.open() as ledger:
        bench.note(ledger)


def anything(bench: Bench) -> None:
    """A mixture by chance: three programs that come, go, note, repeat and are refused."""
    with ExitStack() as opened:
        ledgers = [opened.enter_context(bench.open())]
        for number in range(25):
            ledger = bench.chance.choice(ledgers)
            match bench.chance.randrange(6):
                case 0 if len(ledgers) < 3:
                    ledgers.append(opened.enter_context(bench.open()))
                case 1 if len(ledgers) > 1:
                    ledgers.remove(ledger)
                    ledger.close()
                case 2:
                    bench.note(ledger, *map(alarm, range(bench.chance.randrange(1, 6))), op=f"op-{bench.chance.randrange(8)}-{len(ledgers)}")
                case _:
                    bench.note(ledger, alarm(number, detail="x" * bench.chance.randrange(3_000)))


def _repeatable(work: Work) -> Work:
    """The same, but an operation id that was another act is simply refused."""

    def tolerant(bench: Bench) -> None:
        real = bench.note

        def note(*arguments: Any, **options: Any) -> None:
            with suppress(UsageError):
                real(*arguments, **options)

        bench.note = note  # type: ignore[method-assign]
        work(bench)

    return tolerant


PLAIN = (
    creation,
    creation_over_an_empty_file,
    creation_and_never_closed,
    single_notes,
    batches,
    repeated_operations,
    big_bodies,
    large_batch_of_large_bodies,
    closing_and_opening_again,
    two_programs_in_turn,
    one_program_comes_and_goes,
    the_first_program_leaves_first,
    stock_moves,
    life_of_incidents,
    listening_while_another_writes,
    refusals_in_between,
    another_journal_taken_over,
    the_journal_s_own_way,
    several_acts_in_one_turn,
    a_turn_that_ends_in_an_error,
    checkpoints_by_hand,
    corrections,
    backups_in_between,
    rebuilding,
    a_migration,
)

SMALL_LOG = (single_notes, life_of_incidents, two_programs_in_turn)

WORKLOADS = (
    *(Workload(work.__name__.replace("_", " "), work) for work in PLAIN),
    *(Workload(f"{work.__name__.replace('_', ' ')}, log of 8 pages", work, {"checkpoint": 8}) for work in SMALL_LOG),
    *(Workload(f"anything, seed {seed}", _repeatable(anything), {"seed": seed, "checkpoint": 12}) for seed in (1, 2, 3)),
)
