"""Consumables as tables: what was put into which slot from which lot, and the tasks."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import BRIEF, KIND, NAME, TEXT, WHOLE, Instant
from caixue.ledger.projecting import Fact, Rule, actor, always, at, data, subject
from caixue.ledger.schema import metadata

filling = sa.Table(
    "slot_filling",
    metadata,
    sa.Column("device", NAME, primary_key=True),
    sa.Column("slot", BRIEF, primary_key=True),
    sa.Column("lot", NAME, primary_key=True),
    sa.Column("item", NAME, nullable=False),
    sa.Column("put_in", WHOLE, nullable=False, default=0),  # pieces of the store
    sa.Column("taken_out", WHOLE, nullable=False, default=0),  # tubes that were thrown away, wrong or expired
    sa.Column("last", Instant, nullable=False),
)

task = sa.Table(
    "task",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # refill-0001
    sa.Column("duty", KIND, nullable=False),
    sa.Column("device", NAME),
    sa.Column("slot", KIND),
    sa.Column("item", NAME),
    sa.Column("quantity", WHOLE),
    sa.Column("why", TEXT),
    sa.Column("state", KIND, nullable=False),  # open, done, cancelled
    sa.Column("opened", Instant, nullable=False),
    sa.Column("ended", Instant),
    sa.Column("ended_by", NAME),
    sa.Column("reason", TEXT),
)


def _in_slot(fact: Fact) -> bool:
    return "slot" in fact.event.data


_FILLING = {"device": subject, "slot": data("slot"), "lot": data("lot")}
_LAST = {"item": data("item"), "last": at}
_TASK = {"reference": subject}

RULES = (
    Rule("consumable.refilled", filling, _FILLING, _LAST, {"put_in": data("quantity")}, when=_in_slot),
    Rule("consumable.removed", filling, _FILLING, _LAST, {"taken_out": data("quantity")}),
    Rule(
        "task.opened",
        task,
        _TASK,
        {
            **{name: data(name) for name in ("duty", "device", "slot", "item", "quantity", "why")},
            "state": always("open"),
            "opened": at,
        },
    ),
    Rule("task.done", task, _TASK, {"state": always("done"), "ended": at, "ended_by": actor}, make=False),
    Rule(
        "task.cancelled", task, _TASK, {"state": always("cancelled"), "ended": at, "ended_by": actor, "reason": data("reason")}, make=False
    ),
)
