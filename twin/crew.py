"""Who works in a run: the people of the site, the engineers of the scenario, and those who stand in for them."""

from __future__ import annotations

from dataclasses import replace

from caixue.roles import ENGINEER
from caixue.site_model import Person, Site
from twin.scenario_model import Scenario


def engineers_of(scenario: Scenario) -> tuple[str, ...]:
    """The names of the engineers on site."""
    return tuple(f"engineer-{number}" for number in range(1, scenario.staff.engineers + 1))


def crew(scenario: Scenario, site: Site) -> dict[str, str]:
    """Name → role of everybody who may stand in the ledger of a run; the site's own people come first."""
    people = {person.name: person.role for person in site.people}
    others = (*engineers_of(scenario), *(row.substitute for row in scenario.leaves))
    return people | {name: ENGINEER for name in others if name not in people}


def staffed(scenario: Scenario, site: Site) -> Site:
    """The site with everybody who works in the run."""
    known = {person.name for person in site.people}
    return replace(site, people=(*site.people, *(Person(name, "engineer") for name in crew(scenario, site) if name not in known)))
