"""What holds for every module: who imports whom, what stays out, and that people can read what is printed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path.relative_to(ROOT).as_posix() for package in ("caixue", "twin") for path in (ROOT / package).rglob("*.py"))

# The clock, the dice and the threads come in as objects here; the seams below are where those objects are made.
TIMELESS = ("caixue/drivers/", "caixue/link/", "caixue/window.py", "caixue/ops/", "caixue/probes/", "twin/")
BANNED = {"time", "random", "secrets", "threading", "uuid"}
SEAMS = {
    "caixue/probes/resolving.py": {"threading"},  # the system's resolver knows no deadline
    "twin/chance.py": {"random"},  # the only dice
    "twin/bench.py": {"time"},  # CPU time
    "twin/bench_live.py": {"time"},  # how long a live exchange takes
    "twin/cli.py": {"time"},  # progress
    "twin/commands/calibrate.py": {"time"},  # progress
    "twin/commands/experiment_options.py": {"time"},  # progress
    "twin/experiment.py": {"time"},  # wall_s
    "twin/peers/measuring.py": {"time"},  # CPU time
    "twin/timing/quick_chance.py": {"random"},  # the same dice as twin/chance.py, to the last bit
    "twin/timing/quick_streams.py": {"random"},  # the same
}
PARTS = {
    "np.random": "random",
    "numpy.random": "random",
    "datetime.now": "time",
    "datetime.utcnow": "time",
    "datetime.today": "time",
    "date.today": "time",
}

CONSOLE = ("caixue/cli.py", "twin/cli.py", "caixue/verdict/tables.py")
TEXT_FILES = {".py", ".toml", ".md", ".html", ".css", ".js", ".csv", ".ini"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|farm|tmp|root|home|Users)/[A-Za-z]")

IMPORT_ALL_OF_CAIXUE = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"twin", "simpy", "greenlet"}:
            raise ModuleNotFoundError(f"{name} is not installed", name=name)

sys.meta_path.insert(0, Absent())
import caixue
names = [info.name for info in pkgutil.walk_packages(caixue.__path__, "caixue.") if not info.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def imports(module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of each import."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def attributes(module: str) -> Iterator[tuple[int, str]]:
    """Line and text of each `name.attribute`."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, f"{node.value.id}.{node.attr}"


def strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and value of each string constant within `node`, the fixed parts of f-strings included."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.lineno, each.value


def spoken(module: str) -> Iterator[tuple[int, str]]:
    """What a module may print: all its strings if it writes to the console, else its errors and translated texts."""
    if module in CONSOLE:
        yield from strings(tree(module))
        return
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"):
            yield from strings(node)


def in_gbk(text: str) -> bool:
    return text == text.encode("gbk", errors="ignore").decode("gbk")


def project_files() -> list[Path]:
    folders = ("caixue", "twin", "tests", "docs", "scenarios", ".ci")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    return [path for path in found if path.is_file() and (path.suffix in TEXT_FILES or path.parent.name == ".ci")]


def test_every_module_of_caixue_imports_where_neither_the_twin_nor_simpy_nor_greenlet_is_installed() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL_OF_CAIXUE], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


def test_importing_caixue_and_twin_loads_none_of_their_modules() -> None:
    code = "import sys, caixue, twin; print([name for name in sys.modules if name.startswith(('caixue.', 'twin.'))])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", MODULES)
def test_every_module_opens_with_its_subject(module: str) -> None:
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith(TIMELESS)])
def test_time_chance_and_threads_come_in_as_objects(module: str) -> None:
    banned = BANNED - SEAMS.get(module, set())
    used = [*imports(module), *attributes(module)]
    assert not [f"line {line}: {name}" for line, name in used if PARTS.get(name, name.partition(".")[0]) in banned]


@pytest.mark.parametrize("module", MODULES)
def test_what_is_printed_can_be_shown_on_a_gbk_console(module: str) -> None:
    assert not [f"line {line}: {text!r}" for line, text in spoken(module) if not in_gbk(text)]


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {line.strip()}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not found
