"""pymodbus's own serial client beside ours in the same sixty storms: what ours is for, in figures."""

from __future__ import annotations

import pytest

from tests.twin.link_storms import LATENESS_S, SEEDS, Ledger, Ours, Stock, live_through, total

WITHIN_REPLY_TIME_S, WITHIN_QUIET_TIME_S, BEYOND_S = LATENESS_S


@pytest.fixture(scope="module")
def ledgers() -> dict[tuple[str, float], Ledger]:
    """12,000 transactions of each client under the bound that the promise names, 4,000 under the others."""
    found = {}
    for late_s in LATENESS_S:
        seeds = SEEDS if late_s == WITHIN_QUIET_TIME_S else SEEDS[:20]
        for name, make in (("stock", Stock), ("ours", Ours)):
            found[name, late_s] = total(make, late_s, seeds)
            print(f"late up to {late_s:g} s, {name}: {found[name, late_s]}")
    return found


@pytest.mark.parametrize("late_s", [WITHIN_REPLY_TIME_S, WITHIN_QUIET_TIME_S])
def test_ours_reads_nothing_wrong_and_repeats_no_write_while_lateness_is_bounded(
    ledgers: dict[tuple[str, float], Ledger], late_s: float
) -> None:
    ours = ledgers["ours", late_s]
    assert (ours.wrong_reads, ours.doubles) == (0, 0)
    assert ours.transactions >= 4_000 and ours.fired > ours.transactions / 10
    assert ours.errors - ours.unconfirmed < ours.transactions / 1000  # reads that even two repetitions could not save


def test_the_promise_rests_on_twelve_thousand_transactions_of_each(ledgers: dict[tuple[str, float], Ledger]) -> None:
    assert {ledgers[name, WITHIN_QUIET_TIME_S].transactions for name in ("ours", "stock")} == {12_000}


@pytest.mark.parametrize("late_s", LATENESS_S)
def test_ours_never_repeats_a_write_however_late_replies_are(ledgers: dict[tuple[str, float], Ledger], late_s: float) -> None:
    assert ledgers["ours", late_s].doubles == 0


@pytest.mark.parametrize("late_s", LATENESS_S)
def test_the_stock_client_dispenses_twice_in_the_same_storms_and_says_nothing(
    ledgers: dict[tuple[str, float], Ledger], late_s: float
) -> None:
    stock = ledgers["stock", late_s]
    assert stock.doubles > 10
    assert stock.unconfirmed < stock.doubles


def test_the_stock_client_reads_wrong_where_ours_does_not(ledgers: dict[tuple[str, float], Ledger]) -> None:
    assert ledgers["stock", WITHIN_QUIET_TIME_S].wrong_reads > ledgers["ours", WITHIN_QUIET_TIME_S].wrong_reads == 0


def test_replies_beyond_reply_time_and_quiet_time_are_what_the_promise_excludes(ledgers: dict[tuple[str, float], Ledger]) -> None:
    assert ledgers["stock", BEYOND_S].wrong_reads > ledgers["ours", BEYOND_S].wrong_reads > 0


@pytest.mark.parametrize("make", [Ours, Stock])
def test_the_same_seed_is_the_same_storm_for_each(make: type[Ours] | type[Stock]) -> None:
    assert live_through(make, 3, 0.5) == live_through(make, 3, 0.5)
    assert live_through(make, 3, 0.5) != live_through(make, 4, 0.5)
