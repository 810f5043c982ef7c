"""Tubes: orders become the fewest tubes that the rules allow, in the order of draw, under serials that are given once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import UsageError
from caixue.tubes import TEST_RULES, TUBE_KINDS, PlannedTube, SerialNumbers, in_order_of_draw, plan

orders = st.lists(st.sampled_from(sorted(TEST_RULES)), max_size=25)


# The tables


def test_the_order_of_draw_is_citrate_esr_serum_heparin_edta_fluoride():
    ranked = sorted(TUBE_KINDS.values(), key=lambda kind: kind.draw_rank)
    assert [kind.name for kind in ranked] == ["citrate-blue", "esr-black", "serum-yellow", "heparin-green", "edta-purple", "fluoride-grey"]


def test_the_colour_sensor_can_tell_every_kind_from_every_other_and_from_none():
    codes = [kind.colour for kind in TUBE_KINDS.values()]
    assert len({0, *codes}) == len(codes) + 1


@pytest.mark.parametrize("rule", TEST_RULES.values(), ids=lambda rule: rule.test)
def test_every_test_goes_into_a_known_tube_that_can_hold_it(rule):
    assert 0 <= rule.volume_ml <= TUBE_KINDS[rule.tube].volume_ml
    assert rule.group and rule.source


@pytest.mark.parametrize("kind", TUBE_KINDS.values(), ids=lambda kind: kind.name)
def test_every_tube_kind_has_words_in_two_languages_and_a_source(kind):
    assert kind.zh and kind.en and kind.source and kind.volume_ml > 0


# Plans


@pytest.mark.parametrize(
    ("tests", "tubes"),
    [
        ([], []),
        (["blood-count"], [("edta-purple", ("blood-count",))]),
        (["blood-count", "glycated-haemoglobin"], [("edta-purple", ("blood-count", "glycated-haemoglobin"))]),
        (["blood-count", "blood-group"], [("edta-purple", ("blood-count",)), ("edta-purple", ("blood-group",))]),
        (["liver", "kidney", "lipids", "electrolytes"], [("serum-yellow", ("liver", "kidney", "lipids", "electrolytes"))]),
        (["thyroid", "tumour-markers"], [("serum-yellow", ("thyroid", "tumour-markers"))]),
        (["coagulation", "d-dimer"], [("citrate-blue", ("coagulation", "d-dimer"))]),
        (["liver", "thyroid"], [("serum-yellow", ("liver",)), ("serum-yellow", ("thyroid",))]),
        (["glucose", "blood-count", "liver", "coagulation"], [
            ("citrate-blue", ("coagulation",)), ("serum-yellow", ("liver",)), ("edta-purple", ("blood-count",)), ("fluoride-grey", ("glucose",))]),
    ],
    ids=["nothing", "one", "shared", "another-group", "volume-left", "volume-used-up", "no-volume-of-its-own", "groups-of-serum", "order-of-draw"],
)  # fmt: skip
def test_an_order_becomes_these_tubes(tests: list[str], tubes: list[tuple[str, tuple[str, ...]]]):
    assert [(tube.kind, tube.tests) for tube in plan(tests)] == tubes


def test_a_group_that_needs_more_than_a_tube_holds_gets_a_second(monkeypatch: pytest.MonkeyPatch):
    bigger = dict(TEST_RULES)
    for name in ("liver", "kidney"):
        rule = TEST_RULES[name]
        bigger[name] = type(rule)(name, rule.tube, 3.0, rule.group)
    monkeypatch.setattr("caixue.tubes.TEST_RULES", bigger)
    assert [tube.tests for tube in plan(["liver", "kidney", "lipids"])] == [("liver", "lipids"), ("kidney",)]


@given(orders)
def test_every_test_of_an_order_is_drawn_once_into_its_kind_of_tube(tests: list[str]):
    drawn = [(name, tube.kind) for tube in plan(tests) for name in tube.tests]
    assert sorted(drawn) == sorted((name, TEST_RULES[name].tube) for name in set(tests))


@given(orders)
def test_tests_share_a_tube_only_within_their_group_and_its_volume(tests: list[str]):
    for tube in plan(tests):
        rules = [TEST_RULES[name] for name in tube.tests]
        assert len({rule.group for rule in rules}) == 1
        assert sum(rule.volume_ml for rule in rules) <= TUBE_KINDS[tube.kind].volume_ml


@given(orders)
def test_tubes_come_in_the_order_of_draw(tests: list[str]):
    ranks = [TUBE_KINDS[tube.kind].draw_rank for tube in plan(tests)]
    assert ranks == sorted(ranks)


@given(orders)
def test_no_two_tubes_of_a_plan_could_have_been_one(tests: list[str]):
    tubes = plan(tests)
    for index, first in enumerate(tubes):
        for second in tubes[index + 1 :]:
            one_group = first.kind == second.kind and TEST_RULES[first.tests[0]].group == TEST_RULES[second.tests[0]].group
            volume_ml = sum(TEST_RULES[name].volume_ml for name in first.tests + second.tests)
            assert not one_group or volume_ml > TUBE_KINDS[first.kind].volume_ml


def test_equal_kinds_keep_their_order():
    tubes = [PlannedTube("edta-purple", ("a",)), PlannedTube("citrate-blue", ("b",)), PlannedTube("edta-purple", ("c",))]
    assert [tube.tests for tube in in_order_of_draw(tubes)] == [("b",), ("a",), ("c",)]


def test_an_unknown_test_is_a_usage_error_that_lists_the_known():
    with pytest.raises(UsageError, match=r"unknown test 'blod-count'; known: blood-ammonia, .*blood-count"):
        plan(["blod-count"])


# Serials


def test_serials_are_twelve_digits_and_count_from_one():
    serials = SerialNumbers("261123")
    assert [serials.next() for _ in range(3)] == ["261123000001", "261123000002", "261123000003"]


def test_serials_are_never_given_twice():
    serials = SerialNumbers("261123")
    given_out = [serials.next() for _ in range(5000)]
    assert len(set(given_out)) == 5000


def test_after_a_restart_serials_go_on_behind_the_last():
    assert SerialNumbers("261123", start_after=41).next() == "261123000042"


def test_when_the_days_serials_are_used_up_no_more_are_given():
    serials = SerialNumbers("261123", start_after=999_998)
    assert serials.next() == "261123999999"
    for _ in range(2):
        with pytest.raises(UsageError, match="no label serials left"):
            serials.next()


@pytest.mark.parametrize("day", ["", "20261123", "26112", "26-1-2", "二六一一二三", "２６１１２３", "²²²²²²"])
def test_a_day_that_is_not_six_plain_digits_is_a_usage_error(day: str):
    with pytest.raises(UsageError, match="YYMMDD"):
        SerialNumbers(day)
