"""Inspections as tables: rounds, what each item came to, and findings with who sees to them until when (contract C1)."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import DAY, KIND, NAME, TEXT, WHOLE, Instant
from caixue.ledger.projecting import Rule, actor, at, data, seq, subject
from caixue.ledger.schema import metadata

NUMBER: sa.Double[float] = sa.Double()

inspection_round = sa.Table(
    "inspection_round",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # inspection-2026-12
    sa.Column("for_month", KIND, nullable=False),  # 2026-12
    sa.Column("reason", TEXT),  # of one beyond the month's
    sa.Column("person", NAME, nullable=False),
    sa.Column("began", Instant, nullable=False),
    sa.Column("finished", Instant),  # none: it is open
    sa.Column("good", WHOLE),
    sa.Column("warned", WHOLE),
    sa.Column("critical", WHOLE),
    sa.Column("unknown", WHOLE),
    sa.Column("skipped", WHOLE),
    sa.Column("findings", WHOLE),
)

inspection_reading = sa.Table(
    "inspection_reading",
    metadata,
    sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
    sa.Column("round", NAME, nullable=False, index=True),
    sa.Column("item", NAME, nullable=False, index=True),
    sa.Column("state", KIND, nullable=False),
    sa.Column("reading", NUMBER),  # none: it could not be read, or a person looked
    sa.Column("limit_value", NUMBER),
    sa.Column("unit", KIND),
    sa.Column("answer", KIND),  # of a person; skipped where nobody looked
    sa.Column("words", TEXT),
    sa.Column("person", NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

inspection_finding = sa.Table(
    "inspection_finding",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # finding-0001
    sa.Column("round", NAME, nullable=False, index=True),
    sa.Column("item", NAME),
    sa.Column("what", TEXT, nullable=False),
    sa.Column("severity", KIND, nullable=False),
    sa.Column("measure", TEXT, nullable=False),
    sa.Column("person", NAME, nullable=False),
    sa.Column("due_on", DAY, nullable=False),
    sa.Column("found_by", NAME, nullable=False),
    sa.Column("found", Instant, nullable=False),
    sa.Column("done", TEXT),
    sa.Column("closed_by", NAME),
    sa.Column("closed", Instant),
)

_KEY = {"reference": subject}
_LINE = {"seq": seq, "round": subject, "item": data("item"), "state": data("state"), "person": actor, "at": at}

RULES = (
    Rule(
        "inspection.started",
        inspection_round,
        _KEY,
        {"for_month": data("month"), "reason": data("reason"), "person": actor, "began": at},
    ),
    Rule(
        "inspection.finished",
        inspection_round,
        _KEY,
        {
            "finished": at,
            "good": data("ok"),
            "warned": data("warn"),
            "critical": data("crit"),
            "unknown": data("unknown"),
            "skipped": data("skipped"),
            "findings": data("findings"),
        },
    ),
    Rule(
        "inspection.read",
        inspection_reading,
        values={**_LINE, "reading": data("value"), "limit_value": data("limit"), "unit": data("unit"), "words": data("reason")},
    ),
    Rule(
        "inspection.checked",
        inspection_reading,
        values={**_LINE, "answer": data("answer"), "words": data("note")},
    ),
    Rule(
        "inspection.finding",
        inspection_finding,
        _KEY,
        {
            "round": data("round"),
            "item": data("item"),
            "what": data("what"),
            "severity": data("severity"),
            "measure": data("measure"),
            "person": data("person"),
            "due_on": data("until"),
            "found_by": actor,
            "found": at,
        },
    ),
    Rule("inspection.finding-closed", inspection_finding, _KEY, {"done": data("done"), "closed_by": actor, "closed": at}),
)
