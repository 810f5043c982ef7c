"""The pytest plugin: benches as fixtures, markers for hardware, scenario files as tests; inert for whoever uses none of it.

Loaded with every pytest run of an environment, so it imports nothing of the library until it is asked for something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.bench import Bench, Judged
    from caixue.window import Window

_SCENARIO = re.compile(rb"^\s*schema\s*=.*^\s*\[load\]", re.MULTILINE | re.DOTALL)
_OPEN = pytest.StashKey["Bench"]()
_BEGAN = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("caixue", tr("采血室试验台", "bench of a blood collection room"))
    group.addoption(
        "--bench",
        metavar="SITE.toml|twin|replay:FILE",
        help=tr("测试用的试验台：现场文件、twin、replay:通信记录", "where tests find devices: a site file, twin, or replay:RECORDING"),
    )
    group.addoption("--bench-window", metavar="NAME", default="", help=tr("用哪个窗口，默认第一个", "which window to use, the first by default"))
    group.addoption("--bench-record", metavar="FILE", help=tr("把通信记录到新文件", "keep the traffic in a new file"))
    group.addoption(
        "--actuate",
        action="store_true",
        help=tr("允许 actuates 测试在真机上动作、打印", "let tests marked `actuates` move and print on real devices"),
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hardware: needs a bench (--bench); skipped without one")
    config.addinivalue_line("markers", "actuates: moves or prints; on a real bench skipped unless armed (caixue arm) and with --actuate")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    opened = item.config.stash.get(_OPEN, None)
    item.stash[_BEGAN] = opened.ear.count if opened is not None else 0
    actuates = item.get_closest_marker("actuates") is not None
    if not actuates and item.get_closest_marker("hardware") is None:
        return
    where = _where(item.config)
    if actuates and not _may_actuate(item.config, where):
        pytest.skip(tr("会动作或打印：真机上要 caixue arm 授权，并加 --actuate", "moves or prints: on a real bench by `caixue arm`, with --actuate"))


def _where(config: pytest.Config) -> str:
    """What --bench says; skips the test when it says nothing."""
    where: str | None = config.getoption("--bench")
    if not where:
        pytest.skip(tr("没有试验台：--bench site.toml 或 --bench twin", "no bench: give --bench site.toml or --bench twin"))
    return where


def _may_actuate(config: pytest.Config, where: str) -> bool:
    from caixue.bench import is_armed, is_simulated

    return is_simulated(where) or (bool(config.getoption("--actuate")) and is_armed(where))


# Fixtures.


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The bench of this run, opened anew for each module: `bench.drivers`, `bench.windows`, `bench.clock`, `bench.journal`."""
    where = _where(request.config)
    opened = _opened(request.config, where)
    request.config.stash[_OPEN] = opened
    try:
        yield opened
    finally:
        del request.config.stash[_OPEN]
        opened.close()


def _opened(config: pytest.Config, where: str) -> Bench:
    from caixue.bench import is_simulated, open_bench
    from caixue.errors import CaixueError

    worker = getattr(config, "workerinput", {"workercount": 1, "workerid": ""})
    if worker["workercount"] > 1 and not is_simulated(where):
        pytest.fail(tr("真试验台只能由一个进程使用：去掉 -n", "a real bench serves one process: run without -n"), pytrace=False)
    try:
        return open_bench(where, _record_file(config, worker["workerid"]))
    except CaixueError as error:
        pytest.fail(str(error), pytrace=False)


def _record_file(config: pytest.Config, worker: str) -> Path | None:
    """A new file for each module and each worker: traffic.jsonl, traffic-2.jsonl …"""
    asked = config.getoption("--bench-record")
    if not asked:
        return None
    path = Path(asked)
    stem = f"{path.stem}-{worker}" if worker else path.stem
    names = (path.with_name(f"{stem}{number}{path.suffix}") for number in ["", *(f"-{count}" for count in range(2, 10_000))])
    return next(name for name in names if not name.exists())


@pytest.fixture(scope="module")
def window(request: pytest.FixtureRequest, bench: Bench) -> Window:
    """The workflow of the window that --bench-window names, else of the first."""
    name = request.config.getoption("--bench-window") or next(iter(bench.windows), "")
    if name not in bench.windows:
        pytest.skip(tr(f"试验台没有窗口 {name}", f"the bench has no window {name}"))
    return bench.windows[name]


def _device_fixture(kind: str) -> Any:
    @pytest.fixture(scope="module", name=kind.replace("-", "_"))
    def device(request: pytest.FixtureRequest, bench: Bench) -> Any:
        from caixue.errors import UsageError

        try:
            return bench.driver(kind, request.config.getoption("--bench-window"))
        except UsageError as missing:
            pytest.skip(str(missing))

    return device


collection_host = _device_fixture("collection-host")
tube_dispenser = _device_fixture("tube-dispenser")
label_printer = _device_fixture("label-printer")
thermal_printer = _device_fixture("thermal-printer")
barcode_scanner = _device_fixture("barcode-scanner")


# The conformance suite.


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "device_check" not in metafunc.fixturenames:
        return
    where = metafunc.config.getoption("--bench")
    rows = _checks(where, metafunc.config.getoption("--bench-window")) if where else []
    ids = [f"{device}/{check}" for device, check in rows] or ["no-bench"]
    metafunc.parametrize("device_check", rows or [("", "")], ids=ids, indirect=True)


def _checks(where: str, window: str) -> list[tuple[str, str]]:
    """Device and check of everything to be tried; of simulated devices one a kind, for those of a kind are one program."""
    from caixue.bench import devices_of, is_simulated
    from caixue.conformance import checks_for
    from caixue.errors import CaixueError
    from caixue.opening import driver_classes

    try:
        devices = [device for device in devices_of(where) if device.name.startswith(f"{window}." if window else "")]
    except CaixueError as error:
        raise pytest.UsageError(str(error)) from None
    if is_simulated(where):
        devices = list({device.kind: device for device in reversed(devices)}.values())[::-1]
    classes = driver_classes()
    return [(device.name, check.name) for device in devices if device.kind in classes for check in checks_for(classes[device.kind])]


@pytest.fixture
def device_check(request: pytest.FixtureRequest, bench: Bench) -> Callable[[], None]:
    """One check of one device of the bench: call it. The test that asks for it runs once for each."""
    from caixue.conformance import checks_for, run_check

    device, name = request.param
    subject = bench.subject(device, may_actuate=_may_actuate(request.config, _where(request.config)))
    check = next(check for check in checks_for(subject.driver) if check.name == name)

    def run() -> None:
        __tracebackhide__ = True
        row = run_check(subject, check)
        if row.verdict == "skipped":
            pytest.skip(row.detail)
        if row.verdict == "fail":
            pytest.fail(f"{row.device}: {tr(check.zh, check.en)}: {row.detail}", pytrace=False)

    return run


# What a failed test leaves behind.


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    opened = item.config.stash.get(_OPEN, None)
    if opened is None or "bench" not in getattr(item, "fixturenames", ()):
        return report
    if call.when == "call":
        opened.tests.append(item.nodeid)
    if report.failed:
        lines = opened.transcript(item.stash.get(_BEGAN, 0))
        report.sections.append((tr("caixue 通信", "caixue traffic"), "\n".join(lines) or tr("没有通信", "none")))
        report.sections.append((tr("caixue 重现", "caixue: to repeat it"), _again(item, opened)))
    return report


def _again(item: pytest.Item, opened: Bench) -> str:
    """The command that does it again: the test alone, or with those of its module before it, which shared the bench."""
    from caixue.cli import command_line

    first = opened.tests[:1] in ([], [item.nodeid])
    name = item.nodeid if first else item.nodeid.partition("::")[0]
    words = ["pytest", name, "--bench", str(item.config.getoption("--bench"))]
    window = item.config.getoption("--bench-window")
    words += ["--bench-window", window] if window else []
    return command_line([*words, *(["--actuate"] if item.config.getoption("--actuate") else [])])


# Scenario files.


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".toml" or not _is_scenario(file_path):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


def _is_scenario(path: Path) -> bool:
    try:
        return _SCENARIO.search(path.read_bytes()) is not None
    except OSError:
        return False


class ScenarioFile(pytest.File):
    """A scenario file: one test."""

    def collect(self) -> Iterator[pytest.Item]:
        yield ScenarioItem.from_parent(self, name=self.path.stem)


class ScenarioFailed(Exception):
    """A scenario did not pass."""

    def __init__(self, judged: Judged) -> None:
        super().__init__(judged.lines)
        self.judged = judged


class ScenarioItem(pytest.Item):
    """The run of one scenario, judged by its own limits."""

    def runtest(self) -> None:
        from caixue.bench import opener

        twin = opener("twin")
        if twin is None:
            pytest.skip(tr("没有安装孪生", "the twin is not installed"))
        judged = twin.judge(self.path)
        self.user_properties.extend(judged.properties)
        if not judged.passed:
            raise ScenarioFailed(judged)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict row by row, and the line that repeats it; for other mistakes their own words."""
        from caixue.errors import CaixueError

        if isinstance(excinfo.value, ScenarioFailed):
            judged = excinfo.value.judged
            return "\n".join([*judged.lines, tr("重现：", "To repeat it: ") + judged.again])
        return str(excinfo.value) if isinstance(excinfo.value, CaixueError) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name
