"""From the figures of one or more replications to a verdict, and the verdict as people and tools read it."""

from __future__ import annotations

from caixue.verdict.judging import (
    Expectation,
    FaultTimes,
    Row,
    Verdict,
    conclude,
    exit_code,
    judge,
    values_of,
)
from caixue.verdict.junit import junit_xml
from caixue.verdict.tables import amount, fault_table, verdict_table

__all__ = [
    "Expectation",
    "FaultTimes",
    "Row",
    "Verdict",
    "amount",
    "conclude",
    "exit_code",
    "fault_table",
    "judge",
    "junit_xml",
    "values_of",
    "verdict_table",
]
