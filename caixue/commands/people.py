"""The commands `caixue people …` (contract R1, R4): roster, attendance, hand-over, contacts, feedback, conduct, exports, domestic equipment."""

from __future__ import annotations

import typer

from caixue.commands.common import group
from caixue.commands.people_attend import register_attend
from caixue.commands.people_conduct import register_conduct
from caixue.commands.people_contacts import register_contacts
from caixue.commands.people_equipment import register_equipment
from caixue.commands.people_export import register_export
from caixue.commands.people_feedback import register_feedback
from caixue.commands.people_handover import register_handover
from caixue.commands.people_roster import register_roster


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    mine = group(app, "people", "人员：通讯录、考勤、交接、意见、行为规范", "People: contacts, attendance, hand-over, feedback, conduct")
    register_roster(mine)
    register_attend(mine)
    register_handover(mine)
    register_contacts(mine)
    register_feedback(mine)
    register_conduct(mine)
    register_export(mine)
    register_equipment(mine)
