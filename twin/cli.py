"""The twin's commands (contract G1, G3): run, validate, scenarios, faults, schema."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli import INTERRUPTED, USAGE, command_line
from caixue.errors import CaixueError, UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.site import Site
    from twin.experiment import Result
    from twin.output import EventFile
    from twin.scenario_model import Scenario

MAXIMUM_SEED = 2**63 - 1
UNSTEADY = 3  # exit code: the room was not steady before the first fault


def register(app: typer.Typer) -> None:
    """Add the twin's commands to the program."""
    app.command("run", help=tr("运行一个场景，给出判定", "Run a scenario and judge it"), epilog=_run_epilog())(run)
    app.command("validate", help=tr("检查场景文件，说明它要做什么", "Check a scenario file and say what it asks for"))(validate)
    app.command("scenarios", help=tr("列出自带的场景", "List the built-in scenarios"))(scenarios)
    app.command("faults", help=tr("列出可以注入的故障", "List the faults that can be injected"))(faults)
    app.command("schema", help=tr("输出场景文件的 JSON Schema", "Print the JSON schema of scenario files"))(schema)


def _run_epilog() -> str:
    codes = tr(
        "退出码：0 通过，99 不达标或无数据，2 场景或用法有误，\n        3 首个故障前未达稳态，1 程序出错，130 中断（做完的部分照样写出）",
        "Exit codes: 0 pass, 99 a limit breached or without data, 2 wrong scenario or use,\n"
        "            3 not steady before the first fault, 1 the program failed, 130 interrupted (what is done is written)",
    )
    return codes + tr("\n\n例：", "\n\nExample: ") + "caixue run peak-monday --set load.scale=1.2 --reps 20"


def _scenario() -> Any:
    return typer.Argument(metavar="SCENARIO", help=tr("自带场景的名字，或 .toml 文件", "The name of a built-in scenario, or a .toml file"))


def _set() -> Any:
    help = tr("改场景里的一个值，可多次，如 load.scale=1.2、fault.0.at=+10min", "Change a value of the scenario; may be repeated")
    return typer.Option("--set", metavar=tr("键=值", "KEY=VALUE"), help=help)


def _json(zh: str, en: str) -> Any:
    return typer.Option("--json", help=tr(zh, en))


def run(
    scenario: Annotated[str, _scenario()],
    reps: Annotated[int | None, typer.Option(min=1, metavar="N", help=tr("重复 N 次，默认 1 次", "Replications, 1 by default"))] = None,
    rep: Annotated[
        int | None, typer.Option(min=0, metavar="K", help=tr("只重做第 K 次（从 0 数）", "Run replication K alone (from 0)"))
    ] = None,
    fidelity: Annotated[
        str | None, typer.Option(metavar="wire|timing", help=tr("代替场景里的 fidelity", "Instead of the scenario's"))
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=MAXIMUM_SEED, metavar="S", help=tr("代替场景里的种子", "Instead of the scenario's"))
    ] = None,
    sets: Annotated[list[str] | None, _set()] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar=tr("目录", "DIR"), help=tr("结果目录，默认 runs/场景-种子", "Results, by default in runs/NAME-SEED")),
    ] = None,
    as_json: Annotated[bool, _json("只向 stdout 输出 result.json", "Print result.json alone on stdout")] = False,
    replay_day: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help=tr("多日运行：回放第 N 天，默认等候最长的一天", "Of several days: replay day N, by default the longest wait")),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=tr("不显示进度和表格", "Show neither progress nor tables"))] = False,
) -> int:
    from twin import output, printed
    from twin.scenario import load_scenario

    if reps is not None and rep is not None:
        raise UsageError(tr("--reps 与 --rep 只能用一个", "--reps and --rep exclude each other"))
    if out == "":
        raise UsageError(tr("--out 后面要写目录", "--out needs a folder"))
    changes = [*(sets or ()), *([] if fidelity is None else [f"fidelity={fidelity}"])]
    loaded = load_scenario(scenario, [*changes, *([] if seed is None else [f"seed={seed}"])])
    folder = Path("runs", f"{loaded.name}-{loaded.seed}" + ("" if rep is None else f"-rep{rep}")) if out is None else Path(out)
    output.check_folder(folder)
    asked = _Asked(scenario, loaded, tuple(changes), reps or 1, rep or 0, replay_day)
    with output.EventFile(folder) as events:
        stream = events if loaded.days > 1 else None
        result = _simulate(asked, stream, quiet=quiet)
        if result is None:
            _tell(tr("已中断，什么也没写", "interrupted; nothing was written"))
            return INTERRUPTED
        cut_short = result.data["replications"] < asked.replications and result.exit_code != UNSTEADY
        if cut_short:
            result.data["partial"] = True
        files, refused = _written(result, folder, stream)
    if as_json and refused is None:
        _emit(output.json_text(result.data))
    elif not quiet and not as_json:
        printed.report(result, files)
    _last_words(asked, result, told=not (as_json or quiet))
    if refused is not None:
        raise refused
    return INTERRUPTED if cut_short else result.exit_code


@dataclass(frozen=True, slots=True)
class _Asked:
    """A run as it was asked for."""

    name: str
    scenario: Scenario
    changes: tuple[str, ...]
    replications: int
    first: int
    replay_day: int | None = None

    def again(self, number: int | None = None) -> str:
        """The command that does it again; `number` chooses one of several replications."""
        words = ["caixue", "run", self.name, "--seed", str(self.scenario.seed)]
        for change in self.changes:
            words += ["--set", change]
        if number is None and self.replications > 1:
            return command_line([*words, "--reps", str(self.replications)])
        return command_line([*words, "--rep", str(self.first + (number or 0))])


def _simulate(asked: _Asked, stream: EventFile | None, *, quiet: bool) -> Result | None:
    """Run it, showing progress, its lines going to `stream`; None when it was broken off and nothing is complete."""
    from twin.experiment import run as run_experiment
    from twin.progress import Breaker, meter

    show = meter(asked.scenario.start, time.perf_counter, quiet=quiet)
    with Breaker(show) as breaker:
        try:
            return run_experiment(
                asked.scenario,
                replications=asked.replications,
                first=asked.first,
                progress=breaker.progress,
                stop=breaker.stop,
                sink=stream,
                replay_day=asked.replay_day,
            )
        except KeyboardInterrupt:
            return None
        except CaixueError:
            raise
        except Exception as error:
            error.add_note(tr("重现：", "To repeat it: ") + asked.again(breaker.number))
            raise
        finally:
            show.close()


def _written(result: Result, folder: Path, stream: EventFile | None) -> tuple[list[Path], UsageError | None]:
    """The files of a run, or why there are none: its verdict is to be told in any case."""
    from twin.output import write_run

    try:
        return write_run(result, folder, stream), None
    except UsageError as refused:
        return [], refused


def _last_words(asked: _Asked, result: Result, *, told: bool) -> None:
    """On stderr: that a run was cut short; and for one that failed the command that does it again, with the reasons if not yet told."""
    from twin.printed import reasons
    from twin.problems import plain

    done = result.data["replications"]
    if done < asked.replications and result.exit_code != UNSTEADY:
        _tell(tr(f"已中断：{asked.replications} 次中做完 {done} 次", f"interrupted: {done} of {asked.replications} replications are done"))
    if result.exit_code == 0:
        return
    for reason in () if told else reasons(result.verdict):
        _tell(plain(reason))
    _tell(tr("重现：", "To repeat it: ") + asked.again())


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


def _emit(text: str) -> None:
    """Print JSON as UTF-8, whatever the console's encoding: it is for programs."""
    from twin.output import as_bytes

    sys.stdout.flush()
    sys.stdout.buffer.write(as_bytes(text))
    sys.stdout.buffer.flush()


def validate(
    scenario: Annotated[str, _scenario()],
    sets: Annotated[list[str] | None, _set()] = None,
    as_json: Annotated[bool, _json("输出 JSON", "Print JSON")] = False,
) -> int:
    from twin import printed
    from twin.output import json_text
    from twin.problems import FileError

    try:
        loaded, site, patients = _examined(scenario, sets or ())
    except UsageError as error:
        if not as_json:
            raise
        problems = [asdict(one) for one in error.problems] if isinstance(error, FileError) else [{"what": str(error)}]
        _emit(json_text({"schema": 1, "scenario": scenario, "valid": False, "problems": problems}))
        return USAGE
    if as_json:
        _emit(json_text(printed.summary_data(loaded, site, patients)))
    else:
        printed.summary(loaded, site, patients)
    return 0


def _examined(name: str, changes: Sequence[str]) -> tuple[Scenario, Site, int]:
    """The scenario, its site, and how many patients come at its seed; raises UsageError with every mistake."""
    from twin.chance import Chance
    from twin.days import clinic_days
    from twin.people import arrivals, crowd_of
    from twin.scenario import load_scenario, recorded_load, scenario_site

    scenario = load_scenario(name, changes)
    chance = Chance(scenario.seed, 0)
    if scenario.fidelity == "timing":
        from twin.timing.design import design_of
        from twin.timing.visits import visits_of

        design = design_of(scenario)
        return scenario, design.site, visits_of(design, chance).arrivals
    site, log = scenario_site(scenario), recorded_load(scenario)
    if log is not None and scenario.windows.open == "recorded":
        site = site.with_windows(log.positions)
    if log is not None:
        return scenario, site, len(log.arrived_us)
    days = clinic_days(scenario, site)
    return scenario, site, sum(len(arrivals(crowd_of(scenario, site, None, day), chance.under(day.stream_prefix))) for day in days)


def scenarios(as_json: Annotated[bool, _json("输出 JSON", "Print JSON")] = False) -> None:
    from twin import printed
    from twin.output import json_text
    from twin.scenario import builtin_scenarios

    rows = builtin_scenarios()
    if as_json:
        _emit(json_text([{"name": name, "title": title} for name, title in rows]))
    else:
        printed.names_and_titles(rows)


def faults(
    device: Annotated[
        str | None,
        typer.Option(metavar=tr("种类", "KIND"), help=tr("只列一种设备，如 label-printer、link", "One kind of device, such as link")),
    ] = None,
    as_json: Annotated[bool, _json("输出 JSON", "Print JSON")] = False,
) -> None:
    from twin import printed
    from twin.faults.catalogue import catalogue
    from twin.output import json_text
    from twin.problems import did_you_mean

    rows = [row for row in catalogue().values() if device in (None, row.device)]
    if not rows:
        known = tuple(dict.fromkeys(kind for kind, _ in catalogue()))
        raise UsageError(tr(f"没有设备种类 {device}；", f"no device kind {device}; ") + did_you_mean(device or "", known))
    if as_json:
        _emit(json_text([asdict(row) for row in rows]))
    else:
        printed.catalogue_table(rows)


def schema(
    out: Annotated[Path | None, typer.Option(metavar=tr("文件", "FILE"), help=tr("写入文件", "Write to a file"))] = None,
) -> None:
    from twin.output import json_text, write_files
    from twin.scenario import json_schema

    text = json_text(json_schema())
    if out is None:
        _emit(text)
    else:
        write_files(out.parent, {out.name: text})
