"""Stock levels: the risk that is stated is the risk that a simulated store has, and money goes where it prevents most."""

from __future__ import annotations

import csv
import io
import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.cli import main
from caixue.errors import UsageError
from caixue.ops.fill_rate import at_most, stockout_risk
from caixue.ops.reorder import TERMS
from caixue.site import load_site
from tests.twin.stock_simulation import nothing_there, out_of_stock
from twin.scenario import load_scenario
from twin.stocking.answers import COLUMNS
from twin.stocking.budget import spend, steps_of, total
from twin.stocking.items import Stocked, consumables, parts, without_figure, worked
from twin.stocking.levels import Item, curve, row_of
from twin.stocking.use import Use, measured, poisson
from twin.timing.design import design_of
from twin.timing.sampling import sample


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "zh")


DAY = np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.1])  # 0 to 5 pieces of something small


def item(day: np.ndarray = DAY, *, lot: int = 4, cost_fen: int = 100, name: str = "x", pack: int = 1) -> Item:
    """Five clinic days a week, three days of lead, looked at every Monday."""
    use = Use(name, day, 1)
    return Item(name, use.over(8), use.mean * 5 * 52, 52.0, cost_fen, pack, lot, use.mean * 3, use.mean * 5)


def test_the_use_of_several_days_is_convolved_exactly() -> None:
    by_hand = np.zeros(11)
    for first, second in product(range(6), repeat=2):
        by_hand[first + second] += DAY[first] * DAY[second]
    assert Use("x", DAY, 1).over(2) == pytest.approx(by_hand)


def test_a_roll_counts_when_it_is_begun() -> None:
    assert Use("roll", np.array([0.0, 0.0, 0.0, 1.0]), 2).over(1) == pytest.approx([0, 0, 1])


def test_weeks_that_differ_widen_the_demand_and_keep_its_mean() -> None:
    use = Use("tube", poisson(100.0), 1)
    steady, uneven = use.over(8), use.over(8, 0.1)
    assert uneven @ np.arange(len(uneven)) == pytest.approx(800.5, abs=1)  # whole pieces, rounded up
    sd = math.sqrt(uneven @ (np.arange(len(uneven)) - 800.5) ** 2)
    assert sd == pytest.approx(math.sqrt(800 + 80**2), rel=0.01)
    assert steady.sum() == pytest.approx(uneven.sum()) == pytest.approx(1.0)


def test_a_poisson_table_agrees_with_the_formula_of_the_spare_parts() -> None:
    table = np.cumsum(poisson(3.7))
    assert table[:12] == pytest.approx([at_most(count, 3.7) for count in range(12)])


@pytest.mark.parametrize(("days", "expected"), [(3.0, 3), (10.0, 8), (7.0, 5), (14.0, 10), (13.0, 10)])
def test_ten_days_from_a_monday_have_eight_workdays(days: float, expected: int) -> None:
    assert worked(days, 5) == expected


@pytest.mark.parametrize("risk", [0.2, 0.05, 0.01])
@pytest.mark.parametrize("lot", [1, 4, 30])
def test_a_simulated_store_runs_out_as_often_as_stated(risk: float, lot: int) -> None:
    asked = item(lot=lot)
    point, weeks = asked.point_for(risk), 6_000
    seen = out_of_stock(DAY, point=point, lot=lot, lead_days=3, clinic_days=5, weeks=weeks, seed=1)
    stated = asked.risk(point)
    assert seen == pytest.approx(stated, abs=4 * math.sqrt(stated * (1 - stated) / weeks) + 1 / weeks)  # four standard errors


def test_a_simulated_shelf_of_parts_lacks_them_as_often_as_stated() -> None:
    mean, lead, demands = 1.4, 14.0, 40_000
    gaps = np.random.default_rng(2).exponential(lead / mean, demands)
    shelf = Item("part", poisson(mean), 40.0, 40.0, 90_000, 1, 1, mean, part=True)
    for point in (0, 1, 2):
        stated = shelf.risk(point)
        seen = nothing_there(list(gaps), lead, shelf.upto(point))
        assert seen == pytest.approx(stated, abs=6 * math.sqrt(stated * (1 - stated) / demands))  # demands hang together a little


def test_of_parts_the_risk_is_that_of_caixue_spares_risk() -> None:
    shelf = Item("part", poisson(0.8), 10.0, 10.0, 100, 1, 1, 0.8, part=True)
    assert [shelf.risk(point) for point in range(4)] == pytest.approx([stockout_risk(point, 0.8) for point in range(4)])


@given(lot=st.integers(1, 40), risk=st.floats(0.0005, 0.4))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_reorder_point_is_the_smallest_with_that_risk(lot: int, risk: float) -> None:
    asked = item(lot=lot)
    point = asked.point_for(risk)
    assert asked.risk(point) <= risk and (point < 0 or asked.risk(point - 1) > risk)


def test_less_risk_costs_more() -> None:
    rows = curve(item())
    assert [row.yearly_fen for row in rows] == sorted(row.yearly_fen for row in rows)
    assert [row.reached for row in rows] == sorted((row.reached for row in rows), reverse=True)


SMALL = (
    item(name="a", lot=2, cost_fen=70),
    item(np.array([0.5, 0.3, 0.2]), name="b", lot=1, cost_fen=40),
    item(np.array([0.6, 0.0, 0.0, 0.4]), name="c", lot=3, cost_fen=150),
)
START = {"a": 8, "b": 3, "c": 4}


def test_steps_are_worth_less_and_less() -> None:
    for one in SMALL:
        worth = [step.worth for step in steps_of(one, START[one.name])]
        assert len(worth) > 2 and worth == sorted(worth, reverse=True)


def test_what_marginal_analysis_buys_is_the_best_that_its_money_can_do() -> None:
    _, steps = spend(SMALL, START, 10**9)
    levels, cost = dict(START), 0
    for step in steps[:25]:
        levels[step.item.name], cost = step.new, cost + step.cost_fen
        assert total(SMALL, levels) == pytest.approx(tried(cost), abs=1e-9)


def tried(budget_fen: int) -> float:
    """The fewest stock-outs of every way to spend the budget."""
    most = [budget_fen // one.unit_cost_fen for one in SMALL]
    falls = [np.array([one.expected(START[one.name] + more) for more in range(count + 1)]) for one, count in zip(SMALL, most, strict=True)]
    costs = [np.arange(count + 1) * one.unit_cost_fen for one, count in zip(SMALL, most, strict=True)]
    sums = falls[0][:, None, None] + falls[1][None, :, None] + falls[2][None, None, :]
    spent = costs[0][:, None, None] + costs[1][None, :, None] + costs[2][None, None, :]
    return float(sums[spent <= budget_fen].min())


@pytest.mark.parametrize("budget_fen", [0, 39, 500, 1_111, 2_000])
def test_a_budget_is_not_overspent_and_close_to_the_best(budget_fen: int) -> None:
    levels, steps = spend(SMALL, START, budget_fen)
    assert sum(step.cost_fen for step in steps) <= budget_fen
    before, best = total(SMALL, START), tried(budget_fen)
    assert before - total(SMALL, levels) >= 0.9 * (before - best)


def rows_of(days: int = 40) -> list[Stocked]:
    design = design_of(load_scenario("peak-monday", ["fidelity=timing"]))
    return [*consumables(design.site, measured(design, days)), *parts(design.site)]


def test_what_is_used_is_what_the_people_of_the_simulated_days_need() -> None:
    design = design_of(load_scenario("peak-monday", ["fidelity=timing"]))
    uses = measured(design, 5)
    tubes = np.mean([sample(design, number).tubes.sum() for number in range(5)])
    people = np.mean([sample(design, number).arrivals for number in range(5)])
    kinds = set(design.site.tubes.mix)
    assert sum(use.mean for name, use in uses.items() if name in kinds) == pytest.approx(tubes)
    assert uses["label-roll"].mean * 1500 == pytest.approx(tubes)
    assert uses["thermal-roll"].mean * 300 == pytest.approx(people)


def test_every_item_of_the_site_has_a_level_or_is_named_as_unknown() -> None:
    site, rows = load_site("eight-window"), rows_of()
    names = [row.item.name for row in rows]
    assert sorted([*names, *without_figure(site, rows)]) == sorted(row.item for row in site.stock)
    assert {"edta-purple", "label-roll", "thermal-roll", "print-head"} <= set(names)


def test_lots_are_whole_packs_and_the_levels_keep_the_risk() -> None:
    for row in rows_of():
        found = row_of(row.item, 0.01)
        assert row.item.lot % row.item.pack == 0
        assert found.reached <= 0.01 and found.upto == found.point + row.item.lot


def test_a_site_without_devices_is_refused() -> None:
    design = design_of(load_scenario("peak-monday", ["fidelity=timing", "fault=[]", 'site="bare-windows"', "expect=[]", "steady=[]"]))
    with pytest.raises(UsageError, match="没有设备"):
        measured(design, 2)


def told(tmp_path: Path, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["stock-levels", "peak-monday", "--days", "30", "--out", str(tmp_path / "out"), *words])
    return code, capfd.readouterr().out


def test_the_table_fits_a_chinese_console(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out = told(tmp_path, capfd, "--budget", "1500 元")
    assert code == 0 and "现风险" in out and "预算 1500 元" in out
    rows = [line for line in out.splitlines() if not line.startswith("  /") and "没有用量依据" not in line]
    assert max(len(line.encode("gbk")) for line in rows) <= 80
    assert "…" not in out


def test_json_and_csv_tell_the_same_curve(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out = told(tmp_path, capfd, "--json")
    data = json.loads(out)
    read = list(csv.DictReader(io.StringIO((tmp_path / "out" / "stock.csv").read_text(encoding="utf-8-sig"))))
    assert code == 0 and tuple(read[0]) == COLUMNS
    assert len(read) == sum(len(row["curve"]) for row in data["items"])
    assert float(read[0]["yearly_yuan"]) == data["items"][0]["curve"][0]["yearly_yuan"]
    assert json.loads((tmp_path / "out" / "stock.json").read_text(encoding="utf-8")) == data


def test_money_without_a_unit_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert told(tmp_path, capfd, "--budget", "2000")[0] == 2
    assert not (tmp_path / "out").exists()


def test_the_terms_are_those_of_the_orders() -> None:
    assert {row.item.terms for row in rows_of(20)} == {TERMS}
