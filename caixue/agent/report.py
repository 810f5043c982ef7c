"""The status of the agent as plain data: what it watches, what stands, what is open, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from caixue.ops.monitor import Watch
from caixue.ops.probing import Known
from caixue.ops.readings import Value

if TYPE_CHECKING:
    from caixue.agent.running import Agent

SCHEMA = 1


def report(agent: Agent, state: str) -> dict[str, Any]:
    """Everything that `--status` shows; times as people write them."""
    duties, now_us = agent.duties, agent.now_us
    values = list(duties.gauges.measures.values(now_us))
    return {
        "schema": SCHEMA,
        "site": agent.site.name,
        "state": state,
        "heartbeat": agent.keeper.clock.now().isoformat(),
        **agent.facts,
        "stopping": agent.stopping,
        "stalled": [{"thread": name, "for_s": round(seconds, 1)} for name, seconds in agent.stalled.items()],
        "broken": [{"device": name, "what": what} for name, what in agent.broken.items()],
        "uncounted": [{"day": day.isoformat(), "why": why} for day, why in sorted(agent.uncounted.items()) if day not in duties.daily.days],
        "spool": {
            "waiting": len(agent.keeper.spool.waiting),
            "why": agent.keeper.why,
            "since": _at(agent, agent.keeper.since_us),
            "dropped": agent.dropped,
            "refused": agent.keeper.aside.count(),
            "refused_file": str(agent.keeper.aside.path),
        },
        "windows": {"all": len(agent.site.windows), "blocked": sorted(duties.blocking.blocked)},
        "mains_out": duties.mains is not None and duties.mains.out,
        "incidents": list(_incidents(agent, now_us)),
        "escalations": [{"incident": each.incident, "to": each.to, "rule": each.rule, "due": _at(agent, each.due_us)} for each in duties.due()],
        "alarms": [{"device": name, "alarm": alarm} for name, watch in duties.watches.items() for alarm in watch.alarms],
        "out_of_limit": [{"subject": subject, "reading": reading, "since": _at(agent, us)} for (subject, reading), us in duties.gauges.out.items()],
        "devices": [_device(agent, name, watch, values) for name, watch in duties.watches.items()],
        "probes": [_probe(agent, known) for known in duties.probing.known.values()],
        "readings": [_value(value) for value in values if value.subject not in duties.watches],
    }


def _incidents(agent: Agent, now_us: int) -> Iterator[dict[str, Any]]:
    for incident in agent.duties.incidents.waiting():
        yield {
            "number": incident.number,
            "device": incident.device,
            "window": incident.window,
            "symptom": incident.symptom,
            "class": incident.severity,
            "state": incident.state,
            "deadline": _at(agent, incident.deadline_us),
            "passed": incident.passed(now_us),
            "drill": incident.drill,
        }


def _device(agent: Agent, name: str, watch: Watch, values: list[Value]) -> dict[str, Any]:
    last = agent.duties.gauges.measures.devices[name].last
    silent_us = watch.silent_since_us
    return {
        "name": name,
        "state": "silent" if silent_us is not None else last.state if last is not None else "unknown",
        "since": _at(agent, silent_us),
        "alarms": list(watch.alarms),
        "readings": [_value(value) for value in values if value.subject == name],
    }


def _probe(agent: Agent, known: Known) -> dict[str, Any]:
    row = {"name": known.probe, "about": known.about, "state": known.state.value, "since": _at(agent, known.since_us)}
    return {**row, "noted": _at(agent, known.noted_us), "latency_us": known.latency_us, "detail": known.detail}


def _value(value: Value) -> dict[str, Any]:
    row = value.row
    return {
        "subject": value.subject,
        "reading": row.reading,
        "value": value.value,
        "unit": row.unit,
        "limit": value.limit,
        "n": value.count,
        "clause": row.clause,
        "source": row.source,
        "verdict": "no-data" if value.count < row.least else "fail" if value.exceeded else "pass" if value.limit is not None else "",
    }


def _at(agent: Agent, at_us: int | None) -> str | None:
    return None if at_us is None else (agent.keeper.ledger.start + timedelta(microseconds=at_us)).isoformat()
