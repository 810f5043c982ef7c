"""What `caixue training` shows (contract C3, R1): the topics, the sheets, who is competent in what, and what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.competence import Competence
    from caixue.ops.sheets import Sheet

Person = Annotated[str, typer.Option("--person", metavar=tr("姓名", "NAME"), help=tr("只看一人", "One person alone"))]
All = Annotated[bool, typer.Option("--all", help=tr("全部，也列合格的、了结的", "Everything, also what is in order or over"))]
Day = Annotated[
    str | None, typer.Option("--on", metavar=tr("日期", "DAY"), help=tr("到哪天看，默认今天", "As on which day; today by default"))
]


def register_views(mine: App) -> None:
    """Add the commands that look."""
    mine.command("topics", help=tr("有哪些内容，谁要学，有效多久", "The topics, who needs them, how long they hold"))(topics)
    mine.command("list", help=tr("培训单", "The sheets"))(list_)
    mine.command("competence", help=tr("谁缺什么，什么快到期", "Who lacks what, and what expires soon"))(competence_)
    mine.command("due", help=tr("要做的：计划、培训、考核、再训、续期", "What is to be done"))(due_)


def topics(as_json: JsonOption = False) -> None:
    from caixue.ops.topics import TOPICS

    rows = TOPICS.values()
    if as_json:
        keys = ("name", "zh", "en", "roles", "assessors", "months")
        emit({"schema": 1, "topics": [{key: getattr(row, key) for key in keys} for row in rows]})
        return
    heads = (tr("内容", "topic"), tr("说明", "what"), tr("岗位", "roles"), tr("考核", "judged by"), tr("月", "months"))
    show("", heads, [(row.name, row.text, _roles(row.roles), _roles(row.assessors), row.months) for row in rows])


def list_(
    person: Person = "", every: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False
) -> None:
    from caixue.commands.training import training_of

    with open_desk(site, ledger) as desk:
        person, sheets = _only(person, desk), training_of(desk).sheets.sheets.values()
    found = [one for one in sheets if person in ("", one.values["person"]) and (every or one.state not in ("passed", "cancelled"))]
    if as_json:
        emit(
            {
                "schema": 1,
                "trainings": [{"number": one.number, "state": one.state, **one.values, "attempts": _attempts(one)} for one in found],
            }
        )
        return
    heads = (tr("单号", "sheet"), tr("谁", "who"), tr("内容", "topic"), tr("状态", "state"), tr("第几次", "attempt"), tr("日期", "day"))
    rows = [(one.number, one.values["person"], one.values["topic"], _state(one), _attempts(one), _day(one)) for one in found]
    show("", heads, rows)


def competence_(
    person: Person = "",
    every: All = False,
    on: Day = None,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    from caixue.commands.dates import day_or_today
    from caixue.commands.training import training_of
    from caixue.ops.competence import Standing

    with open_desk(site, ledger) as desk:
        person = _only(person, desk)
        found = training_of(desk).competence(day_or_today(on, desk.clock, "--on"))
    mine = [one for one in found if person in ("", one.person)]
    if as_json:
        emit({"schema": 1, "competence": [_row(one) for one in mine]})
        return
    heads = (tr("谁", "who"), tr("内容", "topic"), tr("说明", "what"), tr("状态", "standing"), tr("有效期至", "valid until"))
    shown = [one for one in mine if every or one.standing is not Standing.COMPETENT]
    rows = [(one.person, one.topic.name, one.topic.text, _standing(one), one.valid_until or "") for one in shown]
    show("", heads, rows, empty=tr("都合格", "everybody is competent"))


def due_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.commands.training import training_of

    with open_desk(site, ledger) as desk:
        rows = training_of(desk).due()
    if as_json:
        keys = ("what", "person", "number", "on", "overdue")
        emit({"schema": 1, "due": [{"topic": row.topic.name, **{key: getattr(row, key) for key in keys}} for row in rows]})
        return
    words = {
        "plan": tr("计划", "plan"),
        "hold": tr("培训", "hold"),
        "assess": tr("考核", "assess"),
        "repeat": tr("再训", "repeat"),
        "renew": tr("续期", "renew"),
    }
    heads = (tr("做什么", "what"), tr("谁", "who"), tr("内容", "topic"), tr("单号", "sheet"), tr("日期", "day"), "")
    late = tr("已过", "overdue")
    show("", heads, [(words[row.what], row.person, row.topic.name, row.number, row.on or "", late if row.overdue else "") for row in rows])


def _roles(roles: tuple[str, ...]) -> str:
    from caixue.roles import ROLES

    return " ".join(tr(ROLES[role], role) for role in roles)


def _row(one: Competence) -> dict[str, Any]:
    keys = ("person", "role", "standing", "competent", "valid_until", "number", "attempts")
    return {"topic": one.topic.name, **{key: getattr(one, key) for key in keys}}


def _standing(one: Competence) -> str:
    words = {
        "competent": tr("合格", "competent"),
        "expiring": tr("快到期", "expires soon"),
        "expired": tr("已过期", "expired"),
        "failed": tr(f"不合格，须再训（已 {one.attempts} 次）", f"failed, to be repeated ({one.attempts} attempts)"),
        "never": tr("未培训", "never trained"),
    }
    return words[one.standing]


def _state(sheet: Sheet) -> str:
    from caixue.ops.forms.training import FORM

    return next(step.text for step in FORM.steps if step.leads_to == sheet.state)


def _attempts(sheet: Sheet) -> int:
    return sum(event.kind.endswith(".held") for event in sheet.history)


def _day(sheet: Sheet) -> str:
    """The day that matters next."""
    from caixue.ops.competence import planned_for

    name = {"held": "held_on", "passed": "valid_until"}.get(sheet.state)
    return str(sheet.values[name] if name else planned_for(sheet) or "")


def _only(person: str, desk: Desk) -> str:
    """The person that is asked for, or none. Raises UsageError for somebody unknown."""
    from caixue.commands.common import person as known_person

    return known_person(person, {one.name: one.role for one in desk.site.people}) if person else ""
