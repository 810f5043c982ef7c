"""A result.json is evidence only as `caixue run` wrote it: every edit that bears on its verdict is refused (R5.5)."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.ops.verdict_terms import DIGESTS, FAULTS, LIMITS, REQUIRED
from caixue.ops.verdicts import lacking, read_verdict
from twin.scenario import load_scenario

FOLDER = Path(__file__).parent / "results"  # results as `caixue run` wrote them
REAL = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
KEPT = {"seed", "title", "start", "engine", "wall_s", "simulated_s", "exchanges", "unrecorded_lines", "software", "trace_sha256", "figures"}


def content(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode("utf-8")


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a result that bears on its verdict."""
    if isinstance(data, dict):
        below = [(key, value) for key, value in data.items() if path or key not in KEPT]
    elif isinstance(data, list):
        below = list(enumerate(data))
    else:
        return [path]
    return [path, *(place for key, value in below for place in places(value, (*path, key)))][0 if path else 1 :]


def told_by_times(place: tuple[Any, ...]) -> bool:
    """When a fault was armed, noticed or over says nothing of the verdict: only whether it fired and was noticed does."""
    return place[0] == "faults" and len(place) == 3 and place[2] in ("armed_at", "fired_at", "seen_at", "recovered_at", "firings")


JUNK = st.one_of(st.none(), st.booleans(), st.integers(-5, 5000), st.floats(-1e6, 1e6), st.text(max_size=8), st.just([]), st.just({}))


def put(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    for key in place[:-1]:
        data = data[key]
    before, data[place[-1]] = data[place[-1]], value
    return before


@pytest.mark.parametrize("scenario", REAL)
def test_a_result_as_it_was_written_is_a_pass_with_its_numbers_and_its_digest(scenario: str) -> None:
    verdict = read_verdict((FOLDER / f"{scenario}.json").read_bytes())
    assert (verdict.scenario, verdict.verdict, verdict.fidelity) == (scenario, "pass", "wire")
    assert [row["figure"] for row in verdict.rows] == [row["figure"] for row in REAL[scenario]["expectations"]]
    assert len(verdict.sha256) == 64 and verdict.commit and json.loads(json.dumps(verdict.to_data())) == verdict.to_data()


@given(scenario=st.sampled_from(sorted(REAL)), draw=st.data())
def test_whatever_is_edited_that_bears_on_the_verdict_is_refused(scenario: str, draw: st.DataObject) -> None:
    data = deepcopy(REAL[scenario])
    place = draw.draw(
        st.sampled_from([each for each in places(data) if not told_by_times(each) and each[-1] not in ("replications", "simulated")])
    )
    value = draw.draw(JUNK)
    before = put(data, place, value)
    if before == value and type(before) is type(value):
        return
    if isinstance(before, int | float) and isinstance(value, int | float) and not isinstance(value, bool) and before == value:
        return  # 0 and 0.0
    if place == ("scenario",) and isinstance(value, str) and value and value not in LIMITS:
        assert lacking("driver", [read_verdict(content(data)).to_data()])  # under a name that nobody asks for it is worth nothing
        return
    with pytest.raises(UsageError):
        read_verdict(content(data))


@given(scenario=st.sampled_from(sorted(REAL)), draw=st.data())
def test_a_row_or_a_key_that_is_taken_out_or_stands_twice_is_refused(scenario: str, draw: st.DataObject) -> None:
    data = deepcopy(REAL[scenario])
    rows = data["expectations"]
    what = draw.draw(st.sampled_from(["row out", "row twice", "key out", "all out"]))
    if what == "row out":
        del rows[draw.draw(st.integers(0, len(rows) - 1))]
    elif what == "row twice":
        rows.append(draw.draw(st.sampled_from(rows)))
    elif what == "key out":
        del data[draw.draw(st.sampled_from(sorted(data.keys() - KEPT)))]
    else:
        rows.clear()
    with pytest.raises(UsageError):
        read_verdict(content(data))


@pytest.mark.parametrize("scenario", REAL)
def test_a_pass_over_a_row_that_fails_is_refused_and_an_honest_fail_is_not(scenario: str) -> None:
    data = deepcopy(REAL[scenario])
    row = next(row for row in data["expectations"] if not row["where"])
    row |= {"actual": 5000.0, "low": 5000.0, "high": 5000.0, "breached_share": 1.0}
    data["figures"][row["figure"]] = 5000.0
    with pytest.raises(UsageError, match=r"5000"):
        read_verdict(content(data))
    row["verdict"] = "fail"
    with pytest.raises(UsageError, match="fail"):
        read_verdict(content(data))
    assert read_verdict(content({**data, "verdict": "fail"})).verdict == "fail"


@pytest.mark.parametrize("change", ["load.scale=0.3", "staff.engineers=2", "duration=5 h", "site=eight-window-full"])
def test_an_easier_day_under_the_same_name_is_refused(change: str) -> None:
    data = {**REAL["peak-monday"], "scenario_sha256": load_scenario("peak-monday", [change]).digest}
    with pytest.raises(UsageError):
        read_verdict(content(data))


def test_another_seed_of_the_same_scenario_is_the_same_scenario() -> None:
    assert load_scenario("peak-monday", ["seed=7"]).digest == load_scenario("peak-monday").digest == DIGESTS["peak-monday"]


def test_the_scenarios_that_are_asked_for_are_those_that_ship() -> None:
    assert {name: load_scenario(name).digest for name in LIMITS} == dict(DIGESTS)


def test_a_broken_promise_and_a_fault_that_never_fired_or_was_never_seen_fail_whatever_the_file_says() -> None:
    base = REAL["peak-monday"]
    first, *others = base["faults"]
    for edit in ({"broken": ["a tube vanished"]}, *({"faults": [{**first, time: None}, *others]} for time in ("fired_at", "seen_at"))):
        with pytest.raises(UsageError, match="fail"):
            read_verdict(content({**base, **edit}))
        assert read_verdict(content({**base, **edit, "verdict": "fail"})).verdict == "fail"


@given(st.one_of(st.binary(max_size=200), st.builds(lambda cut: content(REAL["peak-monday"])[:cut], st.integers(0, 3000))))
def test_any_bytes_are_a_verdict_or_a_clear_refusal(data: bytes) -> None:
    with pytest.raises(UsageError):
        read_verdict(data)


@pytest.mark.parametrize("text", ['{"schema": 1, "schema": 1}', "[" * 100_000, '{"seed": NaN}', "[]", "null", '"x"', "\ufeff{}"])
def test_json_that_says_two_things_or_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read_verdict(text.encode("utf-8"))


def test_the_limits_that_are_asked_for_are_those_of_the_scenarios_that_ship() -> None:
    for name, limits in LIMITS.items():
        scenario = load_scenario(name)
        rows = [row.expectation() for row in scenario.expectations]
        assert [(row.figure, row.limit, row.clause, row.where) for row in rows] == [
            (one.figure, one.limit, one.clause, one.where) for one in limits
        ], name
        assert tuple(f"{fault.device or fault.link} {fault.kind}" for fault in scenario.faults) == FAULTS[name]
    assert {name for names in REQUIRED.values() for name in names} == LIMITS.keys()


def said(scenario: str, verdict: str = "pass", seed: int = 1) -> dict[str, Any]:
    return {"scenario": scenario, "verdict": verdict, "seed": seed}


def test_each_kind_of_software_needs_its_scenarios_and_none_that_fails() -> None:
    assert "wrong-label-day" in lacking("driver", [said("peak-monday")])
    assert lacking("driver", [said("peak-monday"), said("wrong-label-day")]) == ""
    assert "no-data" in lacking("driver", [said("peak-monday"), said("wrong-label-day", "no-data")])
    assert "power-cut" in lacking("os", [said("peak-monday")])


def test_what_failed_must_pass_with_the_same_seed() -> None:
    failed = [said("wrong-label-day", "fail", 7)]
    assert "7" in lacking("template", [*failed, said("wrong-label-day", seed=8)])
    assert lacking("template", [*failed, said("wrong-label-day", seed=7)]) == ""
