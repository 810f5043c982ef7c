"""What the documents promise: generated pages are fresh, links lead somewhere, examples work, every assumption has its row."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shlex
import typing
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

import twin
from caixue.cli import COMMANDS
from caixue.cli_help import App
from caixue.metrics import FIGURES
from twin.experiment import Result
from twin.scenario import NOT_YET, builtin_scenarios, json_schema, parse_scenario
from twin.scenario_model import Scenario

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")))
ASSUMPTIONS = "docs/assumptions.md"
ID = re.compile(r"\bA-\d{2,3}\b")
SESSION = re.compile(r"@nox\.session.*\ndef (\w+)")


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language, "" for those that name none."""
    return [text for named, text in re.findall(r"^```(\w*)\n(.*?)^```", read(page), re.DOTALL | re.MULTILINE) if named == language]


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Generated pages.


@pytest.mark.parametrize("page", generator().PAGES)
def test_a_generated_page_says_what_the_tables_in_the_code_say(page: str) -> None:
    assert read(f"docs/{page}") == generator().PAGES[page](), "write it again: python docs/generate.py"


def test_check_names_the_stale_page_and_exits_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generator(), "DOCS", tmp_path)
    assert generator().main([]) == 0
    (tmp_path / "errors.md").write_text("stale", encoding="utf-8")
    capsys.readouterr()
    assert generator().main(["--check"]) == 1
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["docs/errors.md"]
    assert (tmp_path / "errors.md").read_text(encoding="utf-8") == "stale"


def test_pages_are_the_same_in_both_languages_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIXUE_LANG", "en")
    english = {name: write() for name, write in generator().PAGES.items()}
    monkeypatch.setenv("CAIXUE_LANG", "zh")
    assert english == {name: write() for name, write in generator().PAGES.items()}


# Links.


def links(page: str) -> Iterator[tuple[Path, str]]:
    """Target and anchor of each relative link."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", read(page), flags=re.DOTALL | re.MULTILINE)):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            yield ((ROOT / page).parent / file if file else ROOT / page).resolve(), anchor


def anchors(page: Path) -> set[str]:
    """The anchors of a page: its headings as GitHub spells them, and those that it names itself."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_readme_leads_to_every_reference_page_directly_or_by_one_step() -> None:
    near = {target for target, _ in links("README.md")}
    reached = near | {target for page in near if page.suffix == ".md" for target, _ in links(page.relative_to(ROOT).as_posix())}
    assert not [page.name for page in DOCS.glob("*.md") if page not in reached]


# Commands.


def command_lines(page: str) -> list[list[str]]:
    lines = [line for block in blocks(page, "") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(("caixue ", "python3 noxfile.py"))]


@cache
def commands() -> dict[str, Any]:
    app = App()
    for entry in metadata.entry_points(group=COMMANDS):
        entry.load()(app)
    return typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_a_page_exists_with_its_options(page: str) -> None:
    sessions = {*SESSION.findall(read("noxfile.py"))}
    shipped = {name for name, _ in builtin_scenarios()}
    for program, first, *words in command_lines(page):
        if program == "python3":
            assert words[:1] != ["-s"] or words[1] in sessions, words
            continue
        command = commands()[first]
        while words and words[0] in getattr(command, "commands", {}):  # a group: the command is its next word
            command = command.commands[words.pop(0)]
        known = {option for param in command.params for option in param.opts}
        own = words[: words.index("--")] if "--" in words else words  # what follows is another program's line
        assert {word for word in own if word.startswith("--")} <= known, words
        assert first != "run" or words[0] in shipped or words[0].endswith(".toml"), words


def test_readme_starts_with_the_two_commands() -> None:
    assert command_lines("README.md")[:2] == [["python3", "noxfile.py"], ["python3", "noxfile.py", "-s", "tests"]]


# README's Python.


def kind(node: ast.expr, known: dict[str, Any]) -> Any:
    """The class that an expression gives, or the module or function that it names; None where that cannot be told."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call):
        function = kind(node.func, known)
        return typing.get_type_hints(function).get("return") if callable(function) else None
    if isinstance(node, ast.Attribute):
        return member(kind(node.value, known), node.attr)
    return None


def member(owner: Any, name: str) -> Any:
    if owner is None:
        return None
    hints = typing.get_type_hints(owner) if isinstance(owner, type) else {}
    assert name in hints or hasattr(owner, name), f"{owner} has no {name}"
    return hints.get(name) or getattr(owner, name)


@pytest.mark.parametrize("block", blocks("README.md", "python"))
def test_the_names_in_readmes_python_exist(block: str) -> None:
    known: dict[str, Any] = {}
    for node in ast.parse(block).body:
        if isinstance(node, ast.Import):
            known |= {alias.name: importlib.import_module(alias.name) for alias in node.names}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = kind(node.value, known)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute):
                kind(inner, known)
    assert {"caixue", "twin"} <= known.keys() and None not in known.values()
    assert set(re.findall(r'"((?:patient|window|label|incident)\.[\w.]+)"', block)) <= FIGURES.keys()


# Scenario files.


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> list[Scenario]:
    """Every scenario in docs/scenario.md, beside the recorded day that the page shows."""
    folder = tmp_path_factory.mktemp("examples")
    (day,) = blocks("docs/scenario.md", "csv")
    (folder / "recorded_day.csv").write_text(day, encoding="utf-8")
    texts = blocks("docs/scenario.md", "toml")
    return [parse_scenario(text.encode(), folder / f"example-{number}.toml") for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def results(examples: list[Scenario]) -> list[Result]:
    return [twin.run(example) for example in examples]


def test_every_scenario_in_the_page_runs_and_passes(results: list[Result]) -> None:
    assert [(result.exit_code, result.verdict.reasons) for result in results] == [(0, ())] * len(results)


def test_the_defaults_in_the_page_are_the_defaults(examples: list[Scenario], tmp_path: Path) -> None:
    (spelled_out,) = (example for example in examples if example.canonical.get("days") == 1)
    least = """
        schema = 1
        site = "bare-windows"
        [load]
        rates_per_h = [60, 180, 200]
        [[patient_class]]
        name = "timed"
        share = 0.02
    """
    assert spelled_out.model_dump() == parse_scenario(least.encode(), tmp_path / "least.toml").model_dump()


def schema_keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {})
        node = list(node.values())
    for inner in node if isinstance(node, list) else []:
        yield from schema_keys(inner)


def test_the_page_names_every_key_of_the_format() -> None:
    words = set(re.findall(r"\w+", read("docs/scenario.md")))
    assert not set(schema_keys(json_schema())) - words


def test_the_page_lists_what_is_not_simulated_yet() -> None:
    listed = read("docs/scenario.md").partition("### 不模拟的")[2].partition("\n## ")[0]
    assert not [row.key for row in NOT_YET if f"| `{row.key}` |" not in listed]


def test_the_page_names_every_key_of_result_json(results: list[Result]) -> None:
    text = read("docs/scenario.md").partition("## result.json")[2]
    told = set(re.findall(r"`(\w+)`", text))
    for result in results:
        rows = [*result.data["expectations"], *result.data["faults"], result.data["software"], result.data]
        assert not {key for row in rows for key in row} - told


# Assumptions.


def cited() -> dict[str, set[str]]:
    """Where each assumption is cited, outside the page of assumptions and the pages written from the code."""
    found: dict[str, set[str]] = {}
    written = {ASSUMPTIONS, *(f"docs/{name}" for name in generator().PAGES)}
    for folder in ("caixue", "twin", "scenarios", "docs"):
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in {".py", ".toml", ".md"} and name not in written:
                for number in ID.findall(path.read_text(encoding="utf-8")):
                    found.setdefault(number, set()).add(name)
    return found


def rows() -> dict[str, list[str]]:
    """Id → the files in its row; the test fails on an id that stands twice."""
    lines = [line.split(" | ") for line in read(ASSUMPTIONS).splitlines() if line.startswith("| A-")]
    ids = [line[0].strip("| ") for line in lines]
    assert len(ids) == len(set(ids)) and all(len(line) == 5 for line in lines)
    return {number: re.findall(r"`([\w./-]+)`", line[-1]) for number, line in zip(ids, lines, strict=True)}


def test_every_assumption_that_is_cited_has_a_row() -> None:
    assert not {number: sorted(where) for number, where in cited().items() if number not in rows()}


def test_every_row_is_cited_in_the_files_that_it_names() -> None:
    found = cited()
    for number, files in rows().items():
        assert files and all((ROOT / file).is_file() for file in files), number
        assert found.get(number, set()) & set(files), f"{number} is cited in none of {files}"
        assert not {file for file in found[number] if file.startswith(("caixue/", "twin/"))} - set(files), number


def test_the_rows_stand_in_order() -> None:
    assert list(rows()) == sorted(rows(), key=lambda number: int(number.removeprefix("A-")))
