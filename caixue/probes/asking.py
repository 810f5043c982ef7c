"""From a probe of the site file to its reading: which probe asks, how often, and what cannot be asked at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from caixue.clock import Clock
from caixue.errors import LinkError, ReplyTimeout, UsageError
from caixue.lang import tr
from caixue.probes import http, mllp, ping, tcp
from caixue.probes.deadline import Deadline
from caixue.probes.ping import CannotAsk
from caixue.probes.reading import Attempt, Reading, judged, unknown
from caixue.site_estate import ProbeSpec, Target, target_of

Ask = Callable[[ProbeSpec, Target, Deadline], Attempt]
KINDS: Mapping[str, Ask] = {  # kind → who asks
    "tcp": lambda spec, target, deadline: tcp.attempt(target, deadline),
    "http": lambda spec, target, deadline: http.attempt(target, deadline, spec.expect),
    "mllp": lambda spec, target, deadline: mllp.attempt(target, deadline),
    "ping": lambda spec, target, deadline: ping.attempt(target, deadline),
}


def probe(spec: ProbeSpec, clock: Clock) -> Reading:
    """Ask `spec.count` times, all within `spec.timeout_us`; each attempt has an even share of what is left.

    A peer that is down is a reading, not an error; an address of the documentation's range is never asked and unknown. Raises
    UsageError where the target does not fit the kind.
    """
    if spec.problem():
        raise UsageError(f"{spec.name}: {spec.problem()}")
    ask, target = KINDS[spec.kind], target_of(spec.target)
    if target.example:
        return unknown(spec, tr("示例地址，写上真的", "an example address: write the real one"))
    deadline = Deadline(clock, spec.timeout_us)
    attempts: list[Attempt] = []
    try:
        for left in range(spec.count, 0, -1):
            attempts.append(_one(ask, spec, target, deadline.share(left)))
    except ReplyTimeout:
        pass  # nothing is left for the next attempt
    except CannotAsk as error:
        return unknown(spec, str(error))
    return judged(spec, attempts)


def _one(ask: Ask, spec: ProbeSpec, target: Target, deadline: Deadline) -> Attempt:
    try:
        return ask(spec, target, deadline)
    except LinkError as error:
        return Attempt(None, str(error))
