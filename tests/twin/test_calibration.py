"""Calibration: timing and wire give the same waits on golden mornings, and the file that ships is what `caixue calibrate` measures."""

from __future__ import annotations

import json
import math
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from caixue.cli import main
from caixue.day import DayRecord
from caixue.errors import UsageError
from caixue.metrics import figures
from tests.twin.small_scenarios import read
from twin.basis import basis_for
from twin.calibrating import calibrate
from twin.calibrating.mornings import at_windows, faulty, shared
from twin.calibrating.text import text_of
from twin.chance import Chance
from twin.engines.wire import run_replication
from twin.faults.catalogue import catalogue
from twin.people import Numbers, lognormal_parameters
from twin.replications import Drawn, drawn_day
from twin.scenario import load_scenario, recorded_load, scenario_site
from twin.timing.arrays import NEVER, Status
from twin.timing.calibration import Calibration, parse, shipped
from twin.timing.design import design_of
from twin.timing.record import day_record
from twin.timing.sampling import sample

DRIFT = 0.05  # of the mean and of the 90th percentile
CALM = ("fault=[]", "steady=[]")
MORNINGS = {"calm": (*CALM, "seed=31", "load.scale=1.1"), "faulty": ("seed=47",)}  # neither was seen when it was measured


def p90(values: Numbers) -> float:
    """Nearest rank, as the figures have it."""
    return float(np.sort(values)[math.ceil(0.9 * len(values)) - 1])


@cache
def day_of_wire(which: str) -> DayRecord:
    scenario = read("peak-monday", *MORNINGS[which])
    return run_replication(scenario, scenario_site(scenario), recorded_load(scenario)).day


@cache
def day_of_timing(which: str) -> Drawn:
    return drawn_day(design_of(read("peak-monday", *MORNINGS[which], "fidelity=timing")), 0)


def waits_of_timing(which: str) -> Numbers:
    course = day_of_timing(which).course
    assert course.status == Status.DONE
    return course.called_us - course.arrived_us


@pytest.fixture(params=list(MORNINGS))
def both(request: pytest.FixtureRequest) -> tuple[Numbers, Numbers, str]:
    """The waits of the same people on the same morning: by wire, by timing."""
    people = day_of_wire(request.param).patients
    return people.called_us - people.arrived_us, waits_of_timing(request.param), request.param


@pytest.mark.parametrize("statistic", [np.mean, p90], ids=["mean", "p90"])
def test_timing_and_wire_agree_on_the_waits_of_a_golden_morning(both: tuple[Numbers, Numbers, str], statistic: Any) -> None:
    wire, timing, which = both
    before, now = float(statistic(wire)), float(statistic(timing))
    told = f"peak-monday, {which}: {before / 1e6:.1f} s by wire, {now / 1e6:.1f} s by timing"
    assert abs(now / before - 1) <= DRIFT, (
        f"timing has drifted away from wire ({told}): measure again with `caixue calibrate --out twin/timing/calibration.toml`, "
        "and look at docs/calibration.md if that does not help"
    )


def test_the_same_people_come_in_wire_and_in_timing(both: tuple[Numbers, Numbers, str]) -> None:
    wire, timing, _ = both
    assert len(wire) == len(timing)
    assert np.median(np.abs(wire - timing)) < max(5e6, 0.03 * wire.mean())  # most wait as long to a few seconds, or to 3 % where all wait long


def test_the_mornings_that_are_compared_were_not_seen_by_the_calibration() -> None:
    assert not {read("peak-monday", *changes).seed for changes in MORNINGS.values()} & set(shipped().source.seeds)


def test_repairs_and_windows_down_are_those_of_wire_and_single_lanes_are_unknown() -> None:
    """What docs/calibration.md claims of incidents: the same repairs and windows; counts, responses, stock-outs are not told."""
    scenario, design = read("peak-monday", *MORNINGS["faulty"]), design_of(read("peak-monday", *MORNINGS["faulty"], "fidelity=timing"))
    basis = basis_for(scenario, design.site)
    wire, timing = (figures(day, basis) for day in (day_of_wire("faulty"), day_record(design, *day_of_timing("faulty"))))
    for name in ("incident.repair.mean", "incident.repair.max", "window.down.minutes", "window.usable.mean"):
        assert wire[name] == pytest.approx(timing[name], rel=0.01), name
    assert wire["sla.breaches"] == timing["sla.breaches"] and wire["consumable.stockouts"] == 1
    unknown = ("incident.count", "incident.response.max", "incident.detect.max", "consumable.stockouts", "engineer.busy.share")
    assert [timing[name] for name in unknown] == [None] * len(unknown)


# the file that ships


def test_the_file_that_ships_says_where_its_numbers_come_from() -> None:
    source = shipped().source
    assert source.scenarios == ("peak-monday",) and source.seeds == (load_scenario("peak-monday").seed,)
    assert source.runs >= 20 and len(source.commit) == 40 and date.fromisoformat(source.date)


def test_the_file_that_ships_has_every_fault_of_the_devices_it_measured() -> None:
    site = scenario_site(load_scenario("peak-monday"))
    wanted = {(kind, row.kind, row.device == "link") for kind, row in (*at_windows(site), *shared(site))}
    assert {(row.device, row.kind, row.link) for row in shipped().faults} == wanted
    assert min(row.n for row in shipped().faults) >= 3, [(row.device, row.kind) for row in shipped().faults if row.n < 3]


def test_a_preparation_takes_longer_with_every_tube() -> None:
    for place in (shipped().window, shipped().manual):
        assert place is not None
        medians = [place.median(tubes) for tubes in range(20)]
        assert medians[0] == 0 and all(later > earlier for earlier, later in pairwise(medians))


def test_the_text_of_a_calibration_reads_as_what_it_was() -> None:
    table = shipped().model_dump(by_alias=True)
    seconds = _in_seconds(table)
    assert parse(text_of(seconds), "again.toml") == shipped()


def _in_seconds(value: Any, key: str = "") -> Any:
    """A table as it is written: times in seconds, nothing that is not known."""
    if isinstance(value, dict):
        return {name: _in_seconds(inner, name) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_in_seconds(inner, key) for inner in value]
    return value / 1e6 if key.endswith("_s") else value


# measuring


@pytest.fixture
def two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of two kinds of faults, so that measuring is short."""
    kept = {("tube-dispenser", "tube-jam"), ("thermal-printer", "offline")}
    short = MappingProxyType({key: row for key, row in catalogue().items() if key in kept})
    monkeypatch.setattr("twin.calibrating.mornings.catalogue", lambda: short)


def tiny(folder: Path) -> Path:
    path = folder / "tiny.toml"
    path.write_text(
        'schema = 1\nsite = "eight-window"\nduration = "1 h"\n[load]\nrates_per_h = [90]\nservice = { distribution = "deterministic", mean = "60 s" }\n',
        encoding="utf-8",
    )
    return path


@pytest.mark.usefixtures("two_kinds")
def test_calibrating_a_tiny_scenario_writes_a_file_with_the_keys_of_the_one_that_ships(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "calibration.toml"
    assert main(["calibrate", str(tiny(tmp_path)), "--reps", "1", "--date", "2026-11-23", "--out", str(out)]) == 0
    written = parse(out.read_text(encoding="utf-8"), out.name)
    assert _keys(written) <= _keys(shipped()) and {"window", "restart", "refill", "belt", "use", "fault", "source"} <= _keys(written)
    assert [(row.device, row.stops, row.n) for row in written.faults] == [("thermal-printer", 0.0, 1), ("tube-dispenser", 1.0, 1)]
    assert written.source.date == "2026-11-23" and str(tmp_path) not in out.read_text(encoding="utf-8")
    assert abs(written.window.median(3) / shipped().window.median(3) - 1) < 0.01
    assert [path.name for path in out.parent.iterdir()] == ["calibration.toml"]
    assert "calibration.toml" in capsys.readouterr().out


def _keys(known: Calibration) -> set[str]:
    return set(known.model_dump(by_alias=True, exclude_none=True))


@pytest.mark.usefixtures("two_kinds")
def test_an_interrupted_calibration_leaves_the_old_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "calibration.toml"
    out.write_text("old", encoding="utf-8")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("twin.calibrating.run_replication", interrupted)
    assert main(["calibrate", str(tiny(tmp_path)), "--reps", "1", "--out", str(out), "--quiet"]) == 130
    assert out.read_text(encoding="utf-8") == "old" and len(list(tmp_path.iterdir())) == 2


@pytest.mark.usefixtures("two_kinds")
def test_json_goes_to_stdout_alone_and_no_file_is_written(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", str(tiny(tmp_path)), "--reps", "1", "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["source"]["runs"] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize(
    ("names", "said"),
    [(["no-such-scenario"], "no-such-scenario"), (["after-holiday-that-is-not"], "after-holiday")],
)
def test_a_scenario_that_does_not_exist_is_told_by_name(names: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        calibrate(names, 1)


def test_windows_without_devices_have_nothing_to_measure(tmp_path: Path) -> None:
    path = tmp_path / "bare.toml"
    path.write_text(tiny(tmp_path).read_text(encoding="utf-8").replace("eight-window", "bare-windows"), encoding="utf-8")
    with pytest.raises(UsageError, match="bare-windows"):
        calibrate([str(path)], 1)


def test_a_file_that_is_no_calibration_is_refused_with_its_key() -> None:
    with pytest.raises(UsageError, match=r"mine.toml.*source"):
        parse("schema = 1\n", "mine.toml")


@pytest.mark.parametrize("turn", range(4))
def test_every_fault_of_the_site_comes_once_a_turn_and_never_two_at_one_window_at_once(turn: int) -> None:
    site = scenario_site(load_scenario("peak-monday"))
    lines = list(faulty(site, 6 * 3_600_000_000, turn))
    kinds = [(site.devices[line.target].kind, line.kind, line.link is not None) for morning in lines for line in morning]
    assert len(kinds) == len(set(kinds)) == len(at_windows(site)) + len(shared(site))
    for morning in lines:
        places = [(line.at_us, site.devices[line.target].window) for line in morning]
        assert len(places) == len(set(places))


def test_a_day_of_devices_is_the_same_whoever_draws_it() -> None:
    sets = [*CALM, "fidelity=timing", "random_faults.enabled=true"]
    mine, yours = (design_of(load_scenario("peak-monday", sets)) for _ in range(2))
    assert all(np.array_equal(left, right) for left, right in zip(sample(mine, 3), sample(yours, 3), strict=True))
    assert not np.array_equal(sample(mine, 3).prepare_us, sample(mine, 4).prepare_us)


def test_more_random_faults_change_no_preparation() -> None:
    calm = sample(design_of(load_scenario("peak-monday", [*CALM, "fidelity=timing"])), 1)
    faulty_day = sample(design_of(load_scenario("peak-monday", [*CALM, "fidelity=timing", "random_faults.enabled=true"])), 1)
    assert np.array_equal(calm.prepare_us, faulty_day.prepare_us) and np.array_equal(calm.way_us, faulty_day.way_us)
    assert len(calm.cause_kind) == 0 < len(faulty_day.cause_kind)


def test_a_repair_takes_as_long_in_timing_as_in_wire() -> None:
    day, scenario = day_of_wire("faulty"), load_scenario("peak-monday", MORNINGS["faulty"])
    dice = Chance(scenario.seed, 0).stream("repair.window-5.tube-dispenser.1")
    jam = next(incident for incident in day.incidents if incident.device == "window-5.tube-dispenser")
    row = catalogue()["tube-dispenser", "tube-jam"]
    repair_us = 1e6 * dice.lognormvariate(*lognormal_parameters(row.repair_mean_s, row.repair_sd_s))
    assert abs((jam.diagnosed_us - jam.on_site_us) / 0.2 - repair_us) < 10 and jam.restored_us != NEVER
