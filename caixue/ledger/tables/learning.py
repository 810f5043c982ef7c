"""Trainings and emergency drills as tables (contract C3, C5): one row a sheet, as its last steps left it."""

from __future__ import annotations

import sqlalchemy as sa

from caixue.ledger.columns import DAY, DIGEST, KIND, NAME, TEXT, Instant
from caixue.ledger.projecting import Rule, always, data, instant, subject
from caixue.ledger.schema import metadata

training = sa.Table(
    "training",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # training-0001
    sa.Column("person", NAME, nullable=False, index=True),
    sa.Column("topic", KIND, nullable=False),
    sa.Column("trainer", NAME, nullable=False),
    sa.Column("planned", DAY),
    sa.Column("held_on", DAY),
    sa.Column("outcome", KIND),  # passed, failed, cancelled; none: not judged since it was last held
    sa.Column("result", TEXT),  # the result as it was written
    sa.Column("assessor", NAME),
    sa.Column("valid_until", DAY),
)

drill = sa.Table(
    "drill",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # drill-0001
    sa.Column("drill", KIND, nullable=False),
    sa.Column("leader", NAME, nullable=False),
    sa.Column("planned", DAY, nullable=False),
    sa.Column("began", Instant),
    sa.Column("ended", Instant),
    sa.Column("scenario", NAME),
    sa.Column("verdict", KIND),  # the twin's; only a pass counts as rehearsed
    sa.Column("result_sha256", DIGEST),
    sa.Column("cancelled", TEXT),
)

_KEY = {"reference": subject}
_JUDGED = {"result": data("result"), "assessor": data("assessor"), "valid_until": data("valid_until")}
_EVIDENCE = {name: data(name) for name in ("scenario", "verdict", "result_sha256")}

RULES = (
    Rule("training.opened", training, _KEY, {name: data(name) for name in ("person", "topic", "trainer", "planned")}),
    Rule("training.missed", training, _KEY, {"planned": data("planned")}, make=False),
    Rule("training.held", training, _KEY, {"held_on": data("held_on"), "outcome": always(None), **_JUDGED}, make=False),
    *(Rule(f"training.{step}", training, _KEY, {"outcome": always(step), **_JUDGED}, make=False) for step in ("passed", "failed")),
    Rule("training.cancelled", training, _KEY, {"outcome": always("cancelled")}, make=False),
    Rule("drill.opened", drill, _KEY, {name: data(name) for name in ("drill", "leader", "planned")}),
    Rule("drill.carried-out", drill, _KEY, {"began": instant("began_us"), "ended": instant("ended_us"), **_EVIDENCE}, make=False),
    Rule("drill.attached", drill, _KEY, _EVIDENCE, make=False),
    Rule("drill.cancelled", drill, _KEY, {"cancelled": data("reason")}, make=False),
)
