"""Who may note what: actors have roles, roles are given kinds of events."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from caixue.errors import UsageError
from caixue.events import KINDS
from caixue.roles import MAY, ROLES, SYSTEM_ACTORS, allow, role_of
from caixue.site import load_site

PEOPLE = {"nurse-1": "nurse", "engineer-1": "engineer", "head-1": "head"}


def test_a_person_has_the_role_of_the_site_file():
    assert role_of("engineer-1", PEOPLE) == "engineer"


def test_the_nurse_at_a_window_is_a_post_and_the_monitor_is_the_system():
    assert role_of("nurse at window-3", PEOPLE) == "post"
    assert all(role_of(actor, PEOPLE) == "system" for actor in SYSTEM_ACTORS)


def test_a_stranger_is_refused_and_the_nearest_name_is_offered():
    with pytest.raises(UsageError, match="engineer-1"):
        role_of("engineer-l", PEOPLE)


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("stock.scrapped", "nurse"),
        ("delivery.signed", "engineer"),
        ("spare.signed", "engineer"),
        ("remote.authorised", "engineer"),
        ("incident.closed", "nurse"),
        ("incident.reclassified", "nurse"),
        ("calibration.done", "nurse"),
        ("leave.granted", "engineer"),
        ("delivery.signed", "post"),
        ("remote.authorised", "post"),
        ("incident.closed", "post"),
        ("incident.closed", "system"),
    ],
)
def test_a_role_is_kept_from_what_is_not_its_own(kind: str, role: str):
    with pytest.raises(UsageError, match=kind):
        allow(kind, "somebody", role)


@pytest.mark.parametrize(
    ("kind", "role"),
    [("stock.issued", "engineer"), ("delivery.signed", "head"), ("incident.opened", "nurse"), ("incident.closed", "engineer"), ("alarm.raised", "system")],
)
def test_a_role_may_do_its_own_work(kind: str, role: str):
    allow(kind, "somebody", role)


def test_every_rule_is_about_events_that_exist_and_roles_that_exist():
    for pattern, roles in MAY:
        assert roles <= set(ROLES)
        assert any(fnmatchcase(kind, pattern) for kind in KINDS), pattern


def test_every_person_of_the_shipped_sites_has_a_known_role():
    for site in ("eight-window", "eight-window-full"):
        assert {person.role for person in load_site(site).people} <= set(ROLES)
