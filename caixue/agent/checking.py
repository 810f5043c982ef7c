"""What the ledger would say to an event, asked while it cannot be reached: what it would never take is refused before it is acknowledged."""

from __future__ import annotations

from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ledger import Ledger
from caixue.ledger.chain import check_words
from caixue.ledger.columns import kept
from caixue.ledger.projecting import Fact, Rule, rules_by_kind
from caixue.roles import allow


def checked(event: Event, op: str, role: str, ledger: Ledger) -> Event:
    """The event as it will be read from the ledger. Raises UsageError for words, a role or data that the ledger or its tables would refuse."""
    event = check_words(event, op)
    allow(event.kind, event.actor, role)
    try:
        ledger.instant(event)
        for rule in rules_by_kind().get(event.kind, ()):
            _read(rule, Fact(event, ledger.start))
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        bad = tr(f"{event.kind} {event.subject} 的数据缺少或写错", f"{event.kind} {event.subject}: something is missing or wrong")
        raise UsageError(f"{bad}: {error!r}") from error
    return event


def _read(rule: Rule, fact: Fact) -> None:
    """Read what the rule would certainly read; `first` only where a row is made in any case."""
    if rule.when(fact):
        for columns in (rule.key, rule.values, rule.sums, {} if rule.key else rule.first):
            for name, value in columns.items():
                kept(rule.table.c[name], value(fact))
