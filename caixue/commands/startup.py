"""The commands `caixue startup …` and `caixue shutdown …`: start the room or lay it down, step by step, resumable (contract C2.1.1)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, SiteOption, emit, group, open_desk, show, site_source
from caixue.errors import NotArmed, UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.opening import OpenSite
    from caixue.ops.planning import PlannedStep
    from caixue.ops.runs import Run
    from caixue.ops.sequencing import Outcome, Told
    from caixue.ops.steps import Procedure

INCOMPLETE, USAGE, UNREACHABLE = 99, 2, 4

Windows = Annotated[
    list[str] | None,
    typer.Option("--window", metavar=tr("窗口", "WINDOW"), help=tr("只做这些窗口，可多次；不动公用设备", "These windows alone; may be repeated")),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=tr("只列出会做什么，什么也不发", "Say what would be done and send nothing"))]
Resume = Annotated[bool, typer.Option("--resume", help=tr("接着上一次没做完的", "Go on with the last one, which is not complete"))]
Confirmed = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar=tr("步骤", "STEP"),
        help=tr("以 --by 的名义确认：这一步已由人做好，可多次", "In the name of --by: this step has been done by hand; may be repeated"),
    ),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    for name, zh, en in (
        ("startup", "开机：逐台复位、自检、试打标签", "Start the room: reset, self checks, test labels"),
        ("shutdown", "按顺序关机，最后由人断电", "Lay the room down in order; power is cut by hand"),
    ):
        mine = group(app, name, zh, en)
        codes = tr("退出码 4：有设备连不上，99：有步骤没做成，2：等人确认", "exit code 4: a device is silent, 99: a step failed, 2: waiting for a person")
        mine.command("run", help=tr(f"{zh}；", f"{en}; ") + codes)(_runner(name))
        mine.command("status", help=tr("上一次做到哪一步", "How far the last one came"))(_teller(name))


def _procedure(name: str) -> Procedure:
    from caixue.ops.starting import START_UP
    from caixue.ops.stopping import SHUT_DOWN

    return START_UP if name == START_UP.name else SHUT_DOWN


def _of_site(procedure: Procedure, desk: Desk) -> Procedure:
    """The procedure as this site needs it: a start-up first asks whether the driver services run here."""
    from caixue.ops.services_up import Watched, start_up
    from caixue.ops.starting import START_UP
    from caixue.probes.processes import ThisMachine

    if procedure is not START_UP:
        return procedure
    return start_up(desk.site.software, Watched(desk.site, ThisMachine(), os.environ.get("CAIXUE_HERE", "")))


def _runner(name: str) -> Callable[..., int]:
    def run(
        site: SiteOption = None,
        ledger: LedgerOption = None,
        by: ByOption = None,
        window: Windows = None,
        dry_run: DryRun = False,
        resume: Resume = False,
        confirm: Confirmed = None,
        as_json: JsonOption = False,
    ) -> int:
        return _run(_procedure(name), site, ledger, by, window or [], confirm or [], dry_run=dry_run, resume=resume, as_json=as_json)

    return run


def _teller(name: str) -> Callable[..., None]:
    def status(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
        _status(_procedure(name), site, ledger, as_json=as_json)

    return status


def _run(
    procedure: Procedure,
    site: str | None,
    ledger: str | None,
    by: str | None,
    windows: Sequence[str],
    confirmed: Sequence[str],
    *,
    dry_run: bool,
    resume: bool,
    as_json: bool,
) -> int:
    from caixue.ops.sequencing import Sequencer

    with open_desk(site, ledger, by, acts=True) as desk, _drivers(site_source(site), desk) as opened:
        procedure = _of_site(procedure, desk)
        sequencer = Sequencer(desk.site, opened.drivers, desk.recorder, desk.ledger)
        steps = sequencer.steps(procedure, windows=windows, resume=resume)
        _check_confirmed(confirmed, steps)
        if not dry_run:
            _check_ports(procedure, steps, opened)
        with _progress(len(steps), quiet=as_json or dry_run) as told:
            outcome = sequencer.run(
                procedure,
                by=desk.person,
                windows=windows,
                resume=resume,
                dry_run=dry_run,
                confirm=partial(_confirm, desk, confirmed, ask=not as_json),
                told=told,
            )
        run = sequencer.runs.by_name[outcome.run]
    words = {step.name: tr(step.row.zh, step.row.en) for step in steps}
    if as_json:
        emit({"schema": 1, **_row(run, words), "waiting": outcome.waiting})
    else:
        _show(run, words)
        _say_how_to_go_on(procedure, outcome)
    return _exit_code(outcome)


def _status(procedure: Procedure, site: str | None, ledger: str | None, *, as_json: bool) -> None:
    from caixue.ops.planning import plan
    from caixue.ops.runs import KINDS, Runs

    with open_desk(site, ledger) as desk:
        runs = Runs()
        desk.ledger.follow(runs.hear, KINDS)
        words = {step.name: tr(step.row.zh, step.row.en) for step in plan(desk.site, _of_site(procedure, desk))}
    run = next((run for run in reversed(runs.by_name.values()) if run.procedure == procedure.name and not run.dry), None)
    if as_json:
        emit({"schema": 1, "run": None} if run is None else {"schema": 1, **_row(run, words)})
    elif run is None:
        print(tr(f"还没有{procedure.zh}过", f"there has been no {procedure.en}"))
    else:
        _show(run, words)


def _row(run: Run, words: Mapping[str, str]) -> dict[str, Any]:
    """A run for programs."""
    steps = [
        {"step": step, "what": words.get(step, ""), "result": run.results.get(step), "detail": run.details.get(step, "")} for step in run.steps
    ]
    return {
        "run": run.name,
        "plan": run.procedure,
        "by": run.by,
        "dry": run.dry,
        "windows": list(run.windows),
        "complete": run.complete,
        "steps": steps,
        "confirmed": run.people,
    }


def _show(run: Run, words: Mapping[str, str]) -> None:
    """What is not done, or, of a dry run, everything."""
    from caixue.ops.runs import DONE

    done = len(run.done)
    title = run.name if run.dry else tr(f"{run.name}：{done}/{len(run.steps)} 步完成", f"{run.name}: {done} of {len(run.steps)} steps done")
    rows = [
        (words.get(step, ""), step, *(() if run.dry else (_word(run.results.get(step, "")), run.details.get(step, ""))))
        for step in run.steps
        if run.results.get(step) != DONE
    ]
    heads = (tr("做什么", "what"), tr("步骤", "step"), *(() if run.dry else (tr("结果", "result"), tr("说明", "detail"))))
    show(title, heads, rows, empty=title)


def _say_how_to_go_on(procedure: Procedure, outcome: Outcome) -> None:
    again = f"caixue {procedure.name} run --resume"
    if outcome.waiting:
        again += f" --confirm {outcome.waiting} --by {tr('姓名', 'NAME')}"
        _tell(tr(f"停在人工步骤 {outcome.waiting}；做完后：{again}", f"waiting for {outcome.waiting}, done by hand; then: {again}"))
    elif outcome.failed:
        _tell(tr(f"排除原因后：{again}", f"remove the cause, then: {again}"))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _word(result: str) -> str:
    """The result of a step as people read it."""
    words = {
        "done": tr("完成", "done"),
        "failed": tr("失败", "failed"),
        "skipped": tr("未做", "skipped"),
        "undone": tr("要重做", "undone"),
        "would": tr("将做", "would be done"),
    }
    return words.get(result, tr("未到", "not reached"))


@contextmanager
def _drivers(source: str, desk: Desk) -> Iterator[OpenSite]:
    """The site's drivers on the ledger's time line, armed by the lease of `caixue arm` where there is one."""
    from caixue.lease import TOKEN
    from caixue.opening import open_site

    opened = open_site(source, clock=desk.clock)
    if TOKEN in os.environ:
        opened.arm_by_lease()
    try:
        yield opened
    finally:
        for driver in opened.drivers.values():
            driver.port.close()


def _check_ports(procedure: Procedure, steps: Sequence[PlannedStep], opened: OpenSite) -> None:
    """Raise NotArmed for a real device that nobody has armed, and UsageError for one that exists in a simulation alone."""
    from caixue.link.arming import can_move

    given = opened.arming.grant
    for name in dict.fromkeys(name for step in steps for name in step.devices):
        if not can_move(opened.drivers[name].port.url):
            site = opened.site.name
            serve = f"caixue serve {site} --ready-file ready.toml"
            raise UsageError(tr(f"{name} 只在仿真里；先运行 {serve}，再 --site ready.toml", f"{name} exists in a simulation alone: {serve}"))
        if given is None or name not in given.devices:
            line = f"caixue arm SITE --person {tr('姓名', 'NAME')} --device '*' --for '1 h' -- caixue {procedure.name} run --site SITE …"
            raise NotArmed(tr(f"{name}：没有人授权，什么也没有发出；这样运行：{line}", f"{name}: nobody has armed it, nothing was sent; run: {line}"))


def _check_confirmed(confirmed: Sequence[str], steps: Sequence[PlannedStep]) -> None:
    from caixue.units import nearest

    known = tuple(dict.fromkeys(name for step in steps for name in (step.row.name, step.name)))
    for name in confirmed:
        if name not in known:
            raise UsageError(tr(f"没有步骤 {name!r}", f"there is no step {name!r}") + nearest(name, known))


def _confirm(desk: Desk, confirmed: Sequence[str], step: PlannedStep, why: str, *, ask: bool) -> str:
    """Who vouches for a step: an option says so, or somebody types a name; only for what is always done by hand is asked."""
    from caixue.commands.common import person

    if step.name in confirmed or step.row.name in confirmed:
        return desk.person
    if why or not ask or sys.stdin is None or not sys.stdin.isatty():
        return ""
    question = tr(f"请人工完成：{step.row.zh}。完成后写姓名，直接回车则停在这里", f"By hand: {step.row.en}. Type a name when done, nothing to stop here")
    name = input(f"{question}: ").strip()
    if name:
        person(name, {person.name: person.role for person in desk.site.people})
    return name


def _exit_code(outcome: Outcome) -> int:
    if outcome.failed:
        return UNREACHABLE if set(outcome.failed) == set(outcome.unreachable) else INCOMPLETE
    return USAGE if outcome.waiting else 0


@contextmanager
def _progress(count: int, *, quiet: bool) -> Iterator[Told]:
    """A line on stderr for each step; nothing for programs."""
    ended = 0

    def told(step: PlannedStep, result: str, detail: str) -> None:
        nonlocal ended
        if result:
            ended += 1
            _tell(f"{ended:>3}/{count}  {_word(result)}  {step.name}  {detail}")

    yield _silent if quiet else told


def _silent(step: PlannedStep, result: str, detail: str) -> None:
    """Tell nobody."""
