"""One transaction that writes, and what is known when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import Connection, Engine

from caixue.errors import LedgerError, LedgerUncertain
from caixue.lang import tr
from caixue.ledger.engine import is_full, lost_a_race, reported, said


@contextmanager
def one_transaction(engine: Engine, stands: Callable[[], bool]) -> Iterator[Connection]:
    """A transaction whose end is certain: noted, or an error that says that nothing was noted, or LedgerUncertain.

    When only the COMMIT fails, `stands` looks whether it was done all the same. SQLite for one lets a COMMIT fail that is complete
    and on the disk, when it could not write its log back into the file afterwards.
    """
    confirming = False
    try:
        with reported(engine.url), engine.begin() as connection:
            yield connection
            confirming = True
    except LedgerError as error:
        if not confirming or lost_a_race(error.__cause__):
            raise
        with suppress(LedgerError):
            if stands():
                return
        if is_full(error.__cause__):
            raise
        what = f"{engine.url.render_as_string()}: {said(error.__cause__)}"
        zh = f"账本没有确认：可能记下了，也可能没有。用同一个操作号重做，或先查看再重做（{what}）"
        en = f"the ledger did not confirm: it may be noted or not. Repeat with the same operation id, or look first ({what})"
        raise LedgerUncertain(tr(zh, en)) from error
