"""The month of operations as it is shipped: twenty-two days, and a ledger that says what really happened. It takes a minute and a half."""

from __future__ import annotations

from tests.twin.small_scenarios import ran


def test_the_month_passes_and_every_checked_figure_of_its_ledger_is_what_really_happened() -> None:
    one = ran("month-of-operations")
    assert (one.exit_code, one.reasons) == (0, ()), one
    ledger = one.result.data["ledger"]
    assert [row["name"] for row in ledger["audit"] if not row["agrees"]] == [], one
    by_name = {row["name"]: row["truth"] for row in ledger["audit"]}
    assert by_name["tickets"] == [1] and len(by_name["restored"]) > 50, one
    assert by_name["started"] == by_name["laid-down"] == 22, one
    assert sum(by_name["refilled"].values()) > 10_000 and by_name["signed"] >= 1, one
    assert by_name["patches"] == dict.fromkeys((f"patch.{step}" for step in ("approved", "closed", "installed", "opened", "tested")), 1), one
    assert by_name["leave.refused"] == by_name["months"]["month.signed"] == by_name["inspections"]["inspection.finished"] == 1, one
    assert by_name["month.people"]["days.counted"] == 22 and by_name["month.presence"]["attendance.days"] == {"engineer-1": 20, "engineer-2": 2}, one
