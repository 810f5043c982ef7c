"""The simple registers as one table: the state of every sheet; what it says stands in the entries."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

import caixue.ops.forms
from caixue.discovery import modules
from caixue.ledger.columns import KIND, NAME, Instant
from caixue.ledger.projecting import Rule, actor, always, at, subject
from caixue.ledger.schema import metadata
from caixue.ops.sheets import Form

sheet = sa.Table(
    "sheet",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # feedback-0001
    sa.Column("register", KIND, nullable=False, index=True),
    sa.Column("state", KIND, nullable=False),
    sa.Column("opened", Instant, nullable=False),
    sa.Column("opened_by", NAME, nullable=False),
    sa.Column("changed", Instant, nullable=False),
    sa.Column("changed_by", NAME, nullable=False),
)


def _rules(form: Form) -> Iterator[Rule]:
    for step in form.steps:
        values = {"register": always(form.name), "state": always(step.leads_to), "changed": at, "changed_by": actor}
        yield Rule(f"{form.name}.{step.name}", sheet, {"reference": subject}, values, first={"opened": at, "opened_by": actor})


RULES = tuple(rule for module in modules(caixue.ops.forms, "caixue.ops.forms") for rule in _rules(module.FORM))
