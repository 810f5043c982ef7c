"""The pytest plugin: the same tests on the twin, on a recording and on a bench; inert without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from caixue.bench import open_bench
from twin.bench_plugin import TwinBench

pytest_plugins = "pytester"

VISIT = """
    import pytest

    @pytest.fixture
    def reading(label_printer, bench):
        yield label_printer.status()
        bench.clock.sleep(3600)         # an hour of the twin's time, also in a finalizer
        assert label_printer.status().state == "ready"

    @pytest.mark.hardware
    def test_the_printer_is_ready(reading):
        assert reading.state == "ready"

    @pytest.mark.actuates
    def test_a_tray_is_prepared(tube_dispenser, collection_host):
        assert tube_dispenser.dispense(1).lane == 1
        collection_host.clear()
"""
SCENARIO = """
    schema = 1
    site = "bare-windows"
    start = 2026-11-23T07:00:00+08:00
    duration = "20 min"
    seed = 7
    [load]
    rates_per_h = [60]
    [[expect]]
    figure = "patient.count"
    limit = "{limit}"
"""


@pytest.fixture(scope="module", autouse=True)
def everything_loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The runs below forget the modules that they load themselves, and some, such as numpy, cannot be loaded twice."""
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    path.write_text(SCENARIO.format(limit=">= 1"), encoding="utf-8")
    assert TwinBench.judge(path).passed
    open_bench("twin").close()


@pytest.fixture(autouse=True)
def own_settings(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("CAIXUE_LANG", raising=False)
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider --strict-markers\n")


def traffic(folder: Path) -> Path:
    path = folder / "traffic.jsonl"
    bench = open_bench("twin", path)
    bench.drivers["window-1.label-printer"].status()
    bench.close()
    return path


def test_loading_the_plugin_loads_nothing_else_of_the_library() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import caixue.pytest_plugin;"
        "print(sorted({name for name in set(sys.modules) - before if not name.startswith('_')}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    heavy = ("pydantic", "serial", "simpy", "greenlet", "numpy", "twin", "caixue.opening", "caixue.bench")
    assert not [name for name in heavy if f"'{name}" in done.stdout], done.stdout


def test_without_a_bench_such_tests_are_skipped_and_the_reason_is_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(VISIT)
    result = pytester.runpytest("-rs")
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*没有试验台：--bench site.toml 或 --bench twin*"])


def test_on_the_twin_tests_fixtures_and_finalizers_run_in_virtual_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(VISIT)
    pytester.runpytest("--bench", "twin").assert_outcomes(passed=2)


def test_a_failed_test_shows_its_bytes_in_words_and_the_line_that_repeats_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_earlier(tube_dispenser):
            tube_dispenser.status()

        def test_wrong(label_printer):
            assert label_printer.status().state == "busy"
        """
    )
    result = pytester.runpytest("--bench", "twin", "-k", "wrong")
    result.stdout.fnmatch_lines(
        [
            "*caixue 通信*",
            "*window-1.label-printer → 问状态  [[]1b 21 3f]",
            "*window-1.label-printer ← 状态：就绪  [[]00]",
            "*caixue 重现*",
            "pytest *test_wrong --bench twin",
        ]
    )
    both = pytester.runpytest("--bench", "twin")
    both.stdout.no_fnmatch_line("*window-1.tube-dispenser →*")
    both.stdout.fnmatch_lines(["pytest *.py --bench twin"])  # the module, for its tests shared the bench


def test_what_moves_is_skipped_on_a_real_bench_until_it_is_allowed(pytester: pytest.Pytester) -> None:
    path = traffic(pytester.path)
    site = 'schema = 1\nextends = "eight-window"\nname = "real"\n[kinds.label-printer]\nurl = "replay://{path}?device={{name}}&match=any"\n'
    pytester.path.joinpath("site.toml").write_text(site.format(path=path.as_posix()), encoding="utf-8")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.hardware
        def test_reads(label_printer):
            assert label_printer.status().state == "ready"

        @pytest.mark.actuates
        def test_prints(label_printer):
            pass
        """
    )
    held = pytester.runpytest("--bench", "site.toml", "-rs")
    held.assert_outcomes(passed=1, skipped=1)
    held.stdout.fnmatch_lines(["SKIPPED*--actuate*"])
    pytester.runpytest("--bench", "site.toml", "--actuate").assert_outcomes(passed=2)


def test_the_conformance_suite_is_one_test_for_each_device_and_promise(pytester: pytest.Pytester) -> None:
    path = traffic(pytester.path)
    pytester.makepyfile("def test_device(device_check): device_check()")
    words = ("--bench", f"replay:{path}", "--bench-window", "window-1", "-k", "label-printer")
    result = pytester.runpytest(*words, "-v", "-rs")
    result.stdout.fnmatch_lines(["*window-1.label-printer/answers-status* PASSED*", "SKIPPED*记录里没有这段通信*"])
    assert result.ret == 0


def test_a_run_can_be_recorded_and_is_then_a_bench_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_status(label_printer): assert label_printer.status().state == 'ready'")
    pytester.runpytest("--bench", "twin", "--bench-record", "kept.jsonl").assert_outcomes(passed=1)
    pytester.runpytest("--bench", "replay:kept.jsonl").assert_outcomes(passed=1)


def test_a_bench_that_does_not_exist_is_told_in_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_status(label_printer): pass")
    result = pytester.runpytest("--bench", "sight.toml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["sight.toml: 读不了: *"])


def test_scenario_files_are_tests_that_tell_the_verdict_and_how_to_repeat_it(pytester: pytest.Pytester) -> None:
    for name, limit in (("enough", ">= 1"), ("too-many", ">= 1000")):
        pytester.makefile(".toml", **{name: SCENARIO.format(limit=limit)})
    pytester.makefile(".toml", broken=SCENARIO.format(limit=">= 1").replace("duration", "durration"))
    pytester.makefile(".toml", other="[tool]\nname = 'no scenario'\n")
    result = pytester.runpytest("--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*durration*", "patient.count >= 1000：实际 *", "重现：caixue run *too-many.toml --seed 7"])
    cases = ElementTree.parse(pytester.path / "junit.xml").getroot().iter("testcase")
    kept = {case.get("name"): {one.get("name") for one in case.iter("property")} for case in cases}
    assert kept["enough"] == {"seed", "verdict", "trace_sha256"}


def test_who_does_not_want_the_plugin_turns_it_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_plain(request): assert not request.config.pluginmanager.hasplugin('caixue')")
    pytester.runpytest("-p", "no:caixue").assert_outcomes(passed=1)
