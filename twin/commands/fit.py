"""`caixue fit`: queue logs in; load profiles by kind of day, a law of services and scenarios out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.errors import UsageError
from caixue.lang import tr
from twin.commands.experiment_options import broken_off

if TYPE_CHECKING:
    from twin.fitting.fit import Fit

OUT = Path("runs", "fit")


def register(app: typer.Typer) -> None:
    """Add the command."""
    help = tr("从排队记录得出到达规律、服务时间和场景", "Turn queue logs into load profiles, service times and scenarios")
    app.command("fit", help=help, epilog=_epilog())(fit)


def _epilog() -> str:
    zh = (
        "认得的列：到达时间/取号时间/arrived_at、开始时间/叫号时间、结束时间、窗口、\n        优先、票号、日期；其余的列不读。"
        "\n\n退出码：0 完成，2 文件或用法有误，130 中断"
    )
    en = (
        "Columns: arrived_at, service_started_at, service_ended_at, position, priority, ticket, date, in Chinese too;\n"
        "the others are not read. Exit codes: 0 done, 2 wrong files or use, 130 interrupted"
    )
    return tr(zh, en) + tr("\n\n例：", "\n\nExample: ") + "caixue fit 2026-*.csv --column arrived_at=到诊 --out fitted"


def fit(
    files: Annotated[
        list[str], typer.Argument(metavar=tr("文件...", "FILES..."), help=tr("CSV、TXT 或 .xlsx，可多个", "CSV, text or .xlsx, any number"))
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar=tr("项=列", "NAME=HEADER"),
            help=tr("指定一列：表头或列号，可多次", "Name a column by header or number; may be repeated"),
        ),
    ] = None,
    slot: Annotated[str, typer.Option(metavar=tr("时长", "TIME"), help=tr("每段多长", "The length of a slot"))] = "30 min",
    day: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=tr("没写日期的时间是哪一天", "The day of times without a date"))
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="YYYY-MM-DD", help=tr("不计这一天，可多次", "Leave out a day; may be repeated"))
    ] = None,
    longest: Annotated[
        str, typer.Option(metavar=tr("时长", "TIME"), help=tr("更长的服务当作忘按结束", "Longer services are ends that were forgotten"))
    ] = "2 h",
    sheet: Annotated[
        str | None,
        typer.Option(metavar=tr("工作表", "SHEET"), help=tr("工作簿的哪一张，默认第一张", "Of a workbook; by default the first")),
    ] = None,
    site: Annotated[str, typer.Option(metavar=tr("现场", "SITE"), help=tr("场景用的现场", "The site of the scenarios"))] = "bare-windows",
    out: Annotated[
        str | None, typer.Option(metavar=tr("目录", "DIR"), help=tr("写到哪里，默认 runs/fit", "Where to write, by default runs/fit"))
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=tr("只向 stdout 输出 fit.json", "Print fit.json alone on stdout"))] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=tr("不显示进度和报告", "Show neither progress nor the report"))] = False,
) -> int:
    """Read, fit, write the files, and tell; exit 0 also where rows were bad."""
    from twin.fitting.columns import overrides
    from twin.fitting.fit import Wanted, check_slot
    from twin.fitting.fit import fit as fit_logs
    from twin.fitting.queue_log import Reading
    from twin.output import check_folder, write_files

    if out == "":
        raise UsageError(tr("--out 后面要写目录", "--out needs a folder"))
    folder = OUT if out is None else Path(out)
    reading = Reading(overrides(columns or ()), _day("--date", day) if day else None, sheet, _length("--longest", longest))
    wanted = Wanted(reading, _length("--slot", slot), tuple(_day("--without", one) for one in without or ()), site)
    check_slot(wanted.slot_us)
    check_folder(folder)
    try:
        with _Progress(quiet=quiet or as_json) as progress:
            found = fit_logs(_paths(files), wanted, progress)
        texts = _texts(found, folder)
    except KeyboardInterrupt:
        return broken_off()
    write_files(folder, texts)
    if as_json:
        _emit(texts["fit.json"])
    elif not quiet:
        _tell(found, folder, texts)
    return 0


def _paths(names: Sequence[str]) -> list[Path]:
    """The files of these names; patterns are filled in here, for consoles of Windows leave them as they are."""
    found: list[Path] = []
    for name in names:
        path = Path(name)
        matching = sorted(path.parent.glob(path.name)) if any(sign in path.name for sign in "*?") and not path.exists() else []
        found += matching or [path]
    return found


def _texts(found: Fit, folder: Path) -> dict[str, str]:
    """Name and text of every file."""
    from twin.fitting.chart import chart_svg
    from twin.fitting.scenario_files import scenarios
    from twin.fitting.tables import bad_rows_csv, fit_data, profile_csv
    from twin.output import json_text

    first = {
        "fit.json": json_text(fit_data(found)),
        "profile.csv": profile_csv(found),
        "bad-rows.csv": bad_rows_csv(found),
        "fit.svg": chart_svg(found),
    }
    return first | dict(scenarios(found, folder))


def _tell(found: Fit, folder: Path, texts: Mapping[str, str]) -> None:
    """The report, and which scenarios in the folder are those of an earlier fit."""
    from twin.fitting.printed import told
    from twin.fitting.profile import GROUPS
    from twin.fitting.scenario_files import file_name
    from twin.problems import plain

    for row in told(found, [folder / name for name in texts]):
        print(row)
    if old := [name for name in map(file_name, GROUPS) if name not in texts and (folder / name).exists()]:
        names = tr("、", ", ").join(old)
        print(plain(tr(f"以前拟合留下的，没有动：{names}", f"left from an earlier fit: {names}")))


def _length(option: str, text: str) -> int:
    """The microseconds in "30 min"."""
    from caixue.units import duration_us

    try:
        return duration_us(text)
    except UsageError:
        raise UsageError(
            tr(f'{option} {text}：要带单位，写成 "30 min"', f'{option} {text}: write it with its unit, like "30 min"')
        ) from None


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(tr(f"{option} {text}：写成 2026-01-05", f"{option} {text}: write it like 2026-01-05")) from None


def _emit(text: str) -> None:
    """Print JSON as UTF-8, whatever the console's encoding: it is for programs."""
    from twin.output import as_bytes

    sys.stdout.flush()
    sys.stdout.buffer.write(as_bytes(text))
    sys.stdout.buffer.flush()


class _Progress:
    """A bar on stderr where people watch, which is gone when all is read."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar: Any = None
        self._show: Callable[[str, int, float], None] = lambda name, rows, share: None
        if not quiet and sys.stderr.isatty():
            self._show = self._on_the_bar

    def __call__(self, name: str, rows: int, share: float) -> None:
        self._show(name, rows, share)

    def _on_the_bar(self, name: str, rows: int, share: float) -> None:
        if self._bar is None:
            from rich import progress
            from rich.console import Console

            columns = (progress.BarColumn(20), progress.TextColumn("{task.description}", markup=False))
            self._bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=1.0)
        self._bar.update(self._task, completed=share, description=tr(f"{name}：{rows:,} 行", f"{name}: {rows:,} rows"))

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()
