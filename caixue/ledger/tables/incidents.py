"""Incidents as a table: one row each, changed by what happens to it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from caixue.ledger.columns import KIND, NAME, Flag, Instant
from caixue.ledger.projecting import Fact, Rule, always, at, data, instant, subject
from caixue.ledger.schema import metadata

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("reference", NAME, primary_key=True),  # incident-0001
    sa.Column("device", NAME, nullable=False),
    sa.Column("place", NAME),  # the window; none: a device that all windows share
    sa.Column("symptom", KIND),
    sa.Column("severity", KIND, nullable=False),
    sa.Column("state", KIND, nullable=False),
    sa.Column("drill", Flag),
    sa.Column("occurred", Instant),
    sa.Column("reported", Instant),
    sa.Column("detected", Instant),
    sa.Column("recorded", Instant, nullable=False),
    sa.Column("deadline", Instant),
    sa.Column("acknowledged", Instant),
    sa.Column("on_site", Instant),
    sa.Column("diagnosed", Instant),
    sa.Column("restored", Instant),
    sa.Column("closed", Instant),
    sa.Column("found", sa.Unicode(2000)),
    sa.Column("part", NAME),
)

_KEY = {"reference": subject}
_STEPS = ("acknowledged", "on-site", "diagnosed", "restored", "closed")


def _says(key: str) -> Callable[[Fact], bool]:
    return lambda fact: fact.event.data.get(key) is not None


RULES = (
    Rule(
        "incident.opened",
        incident,
        _KEY,
        {
            "device": data("device"),
            "place": data("window"),
            "symptom": data("symptom"),
            "severity": data("class"),
            "state": always("open"),
            "drill": data("drill", False),
            "occurred": instant("occurred_us"),
            "reported": instant("reported_us"),
            "detected": instant("detected_us"),
            "recorded": at,
            "deadline": instant("deadline_us"),
        },
    ),
    Rule("incident.merged", incident, _KEY, {"device": data("device")}, make=False),
    Rule("incident.merged", incident, _KEY, {"reported": instant("reported_us")}, make=False, when=_says("reported_us")),
    Rule("incident.merged", incident, _KEY, {"deadline": instant("deadline_us")}, make=False, when=_says("deadline_us")),
    Rule("incident.reclassified", incident, _KEY, {"severity": data("class"), "deadline": instant("deadline_us")}, make=False),
    Rule("incident.resumed", incident, _KEY, {"deadline": instant("deadline_us")}, make=False),
    *(Rule(f"incident.{step}", incident, _KEY, {"state": always(step), step.replace("-", "_"): at}, make=False) for step in _STEPS),
    Rule("incident.diagnosed", incident, _KEY, {"found": data("found")}, make=False),
    Rule("incident.closed", incident, _KEY, {"found": data("found")}, make=False, when=_says("found")),
    Rule("incident.restored", incident, _KEY, {"part": data("part")}, make=False),
)
