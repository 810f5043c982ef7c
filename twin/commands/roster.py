"""`caixue roster`: which nurse works when, so that the requirement of a plan or a scenario is covered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands import experiment_options as options

if TYPE_CHECKING:
    from datetime import date

    from twin.rosters.requirement import Requirement
    from twin.rosters.terms import Question
    from twin.scenario_model import Scenario

SHORT = 99
MOST_DAYS = 14
FIRST_YEAR, LAST_YEAR = 1970, 2200  # as of scenarios


def register(app: typer.Typer) -> None:
    """Add the command."""
    codes = tr("退出码：0 全部覆盖，99 有欠缺", "Exit codes: 0 all is covered, 99 something is short")
    example = tr("\n\n例：", "\n\nExample: ") + "caixue roster runs/plan-peak-monday-20261108/plan.json --people people.toml --days 5"
    app.command(
        "roster", help=tr("排班：把人手要求排到具体的护士", "Rosters for named nurses that cover a requirement"), epilog=codes + example
    )(roster)


def roster(
    requirements: Annotated[
        list[str],
        typer.Argument(
            metavar="REQUIREMENT...",
            help=tr(
                "规划的 JSON 或场景；几个时按各自星期几，其余日子用第一个", "A plan's JSON or a scenario; of several, each for its weekday"
            ),
        ),
    ],
    people: Annotated[
        str | None, typer.Option("--people", metavar=tr("文件", "FILE"), help=tr("人员文件 people.toml", "The file of people"))
    ] = None,
    site: Annotated[
        str | None,
        typer.Option("--site", metavar="SITE", help=tr("现场：日历，没有 --people 时也是护士", "Calendar, and nurses without --people")),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM-DD", help=tr("第一天，默认是要求的日期", "The first day, by default the requirement's")),
    ] = None,
    days: Annotated[
        int,
        typer.Option("--days", min=1, max=MOST_DAYS, metavar="N", help=tr("几天，休诊日跳过", "Days; those without clinic are left out")),
    ] = 1,
    previous: Annotated[
        str | None,
        typer.Option(
            "--previous", metavar=tr("文件", "FILE"), help=tr("上一份 roster.json，尽量少变", "An earlier roster.json, to change little")
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            metavar="SCENARIO",
            help=tr("用这份班表写出的场景，默认是要求的场景", "Which scenario is written with this roster"),
        ),
    ] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=tr("键=值", "KEY=VALUE"),
            help=tr("改场景里的一个值，可多次", "Change a value of the scenario; may be repeated"),
        ),
    ] = None,
    nodes: Annotated[
        int, typer.Option("--nodes", min=1, max=10_000_000, metavar="N", help=tr("每一步搜索多少节点，默认 300", "Nodes of each search"))
    ] = 300,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", metavar=tr("目录", "DIR"), help=tr("结果目录，默认 runs/roster-场景", "Results, by default in runs/roster-NAME")
        ),
    ] = None,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    from twin.output import json_text, write_files
    from twin.rosters.answers import csv_of, data_of
    from twin.rosters.linear import highs
    from twin.rosters.requirement import read_requirement
    from twin.rosters.solving import solve

    highs()
    read = [read_requirement(name, sets) for name in requirements]
    folder = options.folder_of(out, f"roster-{read[0].name}")
    question, shown = _question(read, people, site, scenario, sets, first, days, previous)
    try:
        found = solve(question, nodes=nodes, stalled=max(1, nodes // 3))
    except KeyboardInterrupt:
        return options.broken_off()
    data = data_of(question, found, read[0].name, read[0].overtime_h)
    texts = {"roster.json": json_text(data), "roster.csv": csv_of(data)}
    if shown is not None:
        texts |= _scenarios(shown, data, folder)
    write_files(folder, texts)
    if as_json:
        options.emit(data)
    elif not quiet:
        _print(data, sum(stage.wall_s for stage in found.stages), [folder / name for name in texts])
    return 0 if data["complete"] else SHORT


def _question(
    read: list[Requirement],
    people: str | None,
    site: str | None,
    scenario: str | None,
    sets: list[str] | None,
    first: str | None,
    days: int,
    previous: str | None,
) -> tuple[Question, Scenario | None]:
    """What is to be rostered, and the scenario that is written with it."""
    from caixue.site import load_site
    from twin.rosters.people import read_team, team_of
    from twin.rosters.previous import read_previous
    from twin.rosters.requirement import need_on
    from twin.rosters.terms import Day, Question, dates, needed_skills
    from twin.scenario import load_scenario, scenario_site

    shown = read[0].scenario if scenario is None else load_scenario(scenario, sets or [])
    place = load_site(site) if site is not None else scenario_site(shown) if shown is not None else load_site("eight-window")
    team = read_team(Path(people)) if people is not None else team_of(place)
    rows = []
    for day in dates(_first(first, read[0]), days):
        need = need_on(day, place, read)
        if any(need):
            rows.append(Day(day, need, needed_skills(team.needs, need)))
    if not rows:
        raise UsageError(tr("这些天都休诊", "there is no clinic on these days"))
    return Question(team, tuple(rows), () if previous is None else read_previous(Path(previous))), shown


def _first(text: str | None, requirement: Requirement) -> date:
    from datetime import date

    from twin.scenario_model import DEFAULT_START

    if text is None:
        return requirement.date or DEFAULT_START.date()
    try:
        day = date.fromisoformat(text)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError
        return day
    except ValueError:
        raise UsageError(tr(f'"{text}" 不是日期；写法如 2026-11-23', f'"{text}" is no date; write it like 2026-11-23')) from None


def _scenarios(scenario: Scenario, data: dict[str, Any], folder: Path) -> dict[str, str]:
    """For each day the scenario with the nurses who are really there, on that day."""
    from datetime import date, datetime

    from twin.planning.documents import document_of, text_of

    texts = {}
    for day in data["days"]:
        name = f"roster-{scenario.name}-{day['date']}.toml"
        document = document_of(scenario, folder)
        document["start"] = datetime.combine(date.fromisoformat(day["date"]), scenario.start.timetz())
        document.setdefault("staff", {})["nurses"] = day["staff_nurses"]
        texts[name] = text_of(document, ["Written by caixue roster: the nurses at windows as rostered.", f"caixue run {name}"])
    return texts


def _print(data: dict[str, Any], wall_s: float, files: list[Path]) -> None:
    from twin.printed import line
    from twin.rosters.printed import report

    report(data, wall_s)
    for path in files:
        line(f"  {path}")
