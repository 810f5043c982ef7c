"""The conformance suite: what every device must do, whoever made it; one list for the twin, a recording and a bench.

Each check gives one row: pass, fail, or skipped with the reason. What moves or prints runs only where that is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from caixue.conformance_checks import ALARMS, CHECKS, Check, Provoke, Skip, Subject
from caixue.conformance_proofs import PromiseBroken, Proof, proofs_of
from caixue.drivers.base import Driver
from caixue.errors import CaixueError, NotArmed
from caixue.lang import tr
from caixue.link.replaying import NotRecorded

__all__ = ["ALARMS", "CHECKS", "Check", "Outcome", "Provoke", "Row", "Skip", "Subject", "checks_for", "conformance", "run_check"]

Outcome: TypeAlias = Literal["pass", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Row:
    """How one check went on one device."""

    device: str
    check: str
    verdict: Outcome
    detail: str


def checks_for(driver: type[Driver] | Driver) -> tuple[Check, ...]:
    """The checks of one device: those of every device, one for each capability on its card, and at last its alarms."""
    return (*CHECKS, *(_capability(name, proof) for name, proof in proofs_of(driver).items()), ALARMS)


def conformance(subject: Subject, checks: Sequence[Check] | None = None) -> list[Row]:
    """Run the checks one after the other, a failed one or not, and give their rows."""
    return [run_check(subject, check) for check in (checks_for(subject.driver) if checks is None else checks)]


def run_check(subject: Subject, check: Check) -> Row:
    """Run one check. Whatever the driver raises is a row: it may come from anywhere."""
    name = subject.driver.name
    if check.actuates and not subject.may_actuate:
        return Row(name, check.name, "skipped", tr("会动作或打印，未获准", "it moves or prints, which is not allowed here"))
    try:
        return Row(name, check.name, "pass", check.run(subject))
    except Skip as reason:
        return Row(name, check.name, "skipped", str(reason))
    except NotRecorded:
        return Row(name, check.name, "skipped", tr("记录里没有这段通信", "the recording does not hold this"))
    except NotArmed as refused:
        return Row(name, check.name, "skipped", str(refused))
    except CaixueError as error:
        return Row(name, check.name, "fail", f"{type(error).__name__}: {error}")
    except Exception as error:
        what = str(error) if isinstance(error, PromiseBroken) else f"{type(error).__name__}: {error}"
        return Row(name, check.name, "fail", what)


def _capability(name: str, proof: Proof | None) -> Check:
    """The check of one capability."""

    def run(subject: Subject) -> str:
        if proof is None:
            raise Skip(tr("没有说明怎样验证这项功能", "nobody has said how to try this capability"))
        if proof.by_hand:
            raise Skip(tr("须由人来试：", "to be tried by hand: ") + proof.by_hand)
        return proof.run(subject.driver)

    return Check(f"can-{name}", f"功能 {name}", f"capability {name}", run, actuates=proof is not None and proof.actuates)
