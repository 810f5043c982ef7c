"""A result as JUnit XML, so that any CI shows each expectation and each fault as a test case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

SKIPPED = "not simulated"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(result: Mapping[str, Any]) -> str:
    """`result` (the content of result.json) as JUnit XML: one case for each expectation, each fault and each broken promise."""
    cases = [*_expectation_cases(result), *_fault_cases(result), *(("broken", reason, reason) for reason in result.get("broken", ()))]
    failures, skipped = (sum(problem is not None and (problem == SKIPPED) is asked for *_, problem in cases) for asked in (False, True))
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": "0", **({"skipped": str(skipped)} if skipped else {})}
    name = _clean(f"{result['scenario']} seed {result['seed']}")
    root = ElementTree.Element("testsuites", {"name": "caixue", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts, "time": f"{result.get('wall_s', 0):.3f}"})
    for group, title, problem in cases:
        case = ElementTree.SubElement(suite, "testcase", {"classname": f"caixue.{group}", "name": _clean(title)})
        if problem == SKIPPED:
            ElementTree.SubElement(case, "skipped", {"message": SKIPPED})
        elif problem is not None:
            ElementTree.SubElement(case, "failure", {"message": _clean(problem)}).text = _clean(problem)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _expectation_cases(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for row in result["expectations"]:
        where = f" where {row['where']}" if row.get("where") else ""
        title = f"{row['figure']} {row['limit']}{where} ({row['clause']})"
        problem = None if row["verdict"] == "pass" else f"{row['verdict']}: actual {row['actual']}, limit {row['limit']}"
        yield "expect", title, problem if row.get("simulated", True) else SKIPPED


def _fault_cases(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for fault in result["faults"]:
        steps = ("fired", "recovered" if fault.get("absorbed") else "seen")
        missing = next((step for step in steps if fault[f"{step}_at"] is None), None)
        if missing == "fired" and fault.get("random"):
            missing = None
        yield "fault", fault["name"], None if missing is None else f"never {missing}"


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("?", text)
