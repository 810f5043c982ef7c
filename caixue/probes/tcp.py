"""Does a port take connections? Nothing is sent; a peer that closes at once has taken it."""

from __future__ import annotations

from caixue.probes.deadline import Deadline
from caixue.probes.reading import Attempt
from caixue.probes.talking import connect
from caixue.site_estate import Target


def attempt(target: Target, deadline: Deadline) -> Attempt:
    """One connection, opened and closed. Raises LinkError where none came about."""
    with connect(target, deadline):
        return Attempt(deadline.spent_us)
