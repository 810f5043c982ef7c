"""The project's sessions. `python3 noxfile.py` runs the demonstration, `python3 noxfile.py -s tests` the tests, `-l` lists them all.

Python 3.11 and pip are enough: where nox is missing, it is put into .nox-boot beside this file, which PEP 668 does not forbid.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOX_FLOOR = "2026.2.9"
BOOT = ROOT / ".nox-boot" / f"nox-{NOX_FLOOR}"
# What a machine may set that would send an installation elsewhere than it was told. None: unset.
NOWHERE_ELSE: dict[str, str | None] = {
    "PIP_PREFIX": None,
    "PIP_ROOT": None,
    "PIP_TARGET": None,
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_USER": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONPATH": None,
}


def start() -> int:
    """Run nox in a process of its own, with the nox of .nox-boot where this Python has none that is new enough."""
    if sys.version_info < (3, 11):
        sys.exit("需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed")
    env = dict(os.environ)
    env.setdefault("PYTHONIOENCODING", ":backslashreplace")  # a console without Chinese shows escapes instead of failing
    if not nox_is_here():
        if not BOOT.is_dir():
            install_nox()
        env["PYTHONPATH"] = str(BOOT)
    try:
        return subprocess.call([sys.executable, "-m", "nox", "-f", str(ROOT / "noxfile.py"), *sys.argv[1:]], env=env)
    except KeyboardInterrupt:
        return 130


def nox_is_here() -> bool:
    """True when this Python has a nox that is new enough."""
    try:
        found = metadata.version("nox")
    except metadata.PackageNotFoundError:
        return False
    return [int(part) for part in found.split(".")[:3]] >= [int(part) for part in NOX_FLOOR.split(".")]


def install_nox() -> None:
    """Put nox into BOOT, whole or not at all."""
    partial = BOOT.with_name("partial")
    shutil.rmtree(partial, ignore_errors=True)
    env = {name: value for name, value in (os.environ | NOWHERE_ELSE).items() if value is not None}
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(partial), f"nox>={NOX_FLOOR}"]
    if subprocess.call(command, env=env) != 0:
        sys.exit("装不上 nox：需要 pip 和软件源 / cannot install nox: pip and a package index are needed (Debian: apt install python3-pip)")
    partial.rename(BOOT)


if __name__ == "__main__":
    sys.exit(start())

# Only nox itself reads on from here.
import nox
from packaging.requirements import Requirement

nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
TESTED = "-e.[fast,plan,cluster,excel,lis]"  # the project with the extras that its own tests need
PARALLEL = ("-n", "auto", "--maxprocesses=4", "--dist=loadfile")  # `-- -n 0` after the session's name: one process


@nox.session
def demo(session: nox.Session) -> None:
    """建好环境，跑周一早高峰（默认） / set everything up and run the Monday peak (the default)"""
    prepare(session, "-e.")
    session.run("caixue", "run", "peak-monday", *session.posargs)


@nox.session(default=False)
def tests(session: nox.Session) -> None:
    """代码检查，然后全部测试 / check the code, then run all tests"""
    prepare(session, TESTED, *group("test"), *group("lint"))
    check_style(session)
    check_types(session)
    session.run("pytest", "-q", *PARALLEL, *session.posargs)


@nox.session(default=False)
def lint(session: nox.Session) -> None:
    """风格与导入方向 / style and import directions"""
    prepare(session, *group("lint"))
    check_style(session)


@nox.session(default=False)
def types(session: nox.Session) -> None:
    """类型检查 / type checking"""
    prepare(session, TESTED, *group("lint"))
    check_types(session)


@nox.session(default=False)
def floors(session: nox.Session) -> None:
    """用所声明的最低版本跑测试 / run the tests on the lowest versions that pyproject.toml allows"""
    constraints = Path(session.create_tmp(), "floors.txt")
    constraints.write_text("\n".join(lowest_versions()), encoding="utf-8")
    prepare(session, "-e.", *group("test"), "-c", str(constraints))
    session.run("pytest", "-q", *PARALLEL, *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """参考页与代码一致，文档里的链接和命令都在 / reference pages match the code, the documents' links and commands exist"""
    prepare(session, "-e.")
    session.run("python", "docs/generate.py", "--check")
    pages = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    if dead := [f"{page.relative_to(ROOT)}: {target}" for page in pages for target in dead_links(page)]:
        session.error("\n".join(["dead links", *dead]))
    commands = "\n".join(block for page in pages for block in re.findall(r"```.*?```", text(page), re.DOTALL))
    if unknown := set(re.findall(r"noxfile\.py -s (\w+)", commands)) - set(nox.registry.get()):
        session.error(f"unknown sessions: {', '.join(sorted(unknown))}")
    for command in sorted(set(re.findall(r"^caixue ([a-z-]+)", commands, re.MULTILINE))):
        session.run("caixue", command, "--help", silent=True)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """量速度，自己的和别的仿真库的 / measure the speed, our own and that of other simulators"""
    prepare(session, "-e.[fast]", *group("bench"))
    session.run("python", "-m", "twin.peers", "--check", "--full")
    session.run("python", "-m", "twin.bench", *session.posargs)


@nox.session(default=False)
def validate(session: nox.Session) -> None:
    """与排队论的精确解对照，生成 docs/validation.md / compare with exact queueing results and write docs/validation.md"""
    prepare(session, "-e.[fast]")
    session.run("python", "-m", "twin.validation", "--out", "docs/validation.md", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """用任意字节喂所有解析器，限时 10 ms / feed any bytes to every parser, 10 ms each"""
    prepare(session, "-e.", *group("test"))
    session.env["CAIXUE_FUZZ"] = "timed"
    session.run("pytest", "-q", "tests/fuzz", "--hypothesis-profile=explore", *session.posargs)


@nox.session(default=False)
def durability(session: nox.Session) -> None:
    """账本与备份：每次写入时断电，每一行被杀，一万次篡改 / ledger and backups: power cuts at every write, kills at every line, 10,000 tamperings"""
    prepare(session, "-e.", *group("test"))
    session.env["CAIXUE_DURABILITY"] = "full"
    pages = [f"tests/caixue/ledger/test_{name}.py" for name in ("power_loss", "killing", "tampering", "bad_disk", "ledger_machine")]
    pages += [f"tests/caixue/ops/test_{name}.py" for name in ("backup_crash", "purging_crash")]
    session.run("pytest", "-q", "-s", "-n", "0", *pages, *session.posargs)


@nox.session(default=False)
def equality(session: nox.Session) -> None:
    """十万个随机日，两个定时引擎逐位相等 / 100,000 random days: both timing engines equal to the last bit"""
    prepare(session, "-e.[fast]")
    session.run("python", "-m", "twin.equality", "--days", "100000", "--processes", "2", *session.posargs)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """打包到 dist/，装进别处的新环境并试跑 / build into dist/, install elsewhere in a new environment and run it there"""
    prepare(session, "build", "virtualenv")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist")
    (wheel,) = (ROOT / "dist").glob("*.whl")
    with tempfile.TemporaryDirectory() as folder:
        programs = Path(folder, "venv", "Scripts" if os.name == "nt" else "bin")
        session.run("python", "-m", "virtualenv", str(programs.parent))
        session.run(str(programs / "python"), "-m", "pip", "install", "--quiet", str(wheel), external=True)
        with session.chdir(folder):
            session.run(str(programs / "caixue"), "run", "peak-monday", *session.posargs, external=True)


def prepare(session: nox.Session, *requirements: str) -> None:
    """Install `requirements` into the session's own environment, whatever the machine's settings say."""
    session.env.update(NOWHERE_ELSE)
    session.install(*requirements)


def check_style(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("lint-imports", "--no-logo")


def check_types(session: nox.Session) -> None:
    session.run("mypy")


def group(name: str) -> tuple[str, ...]:
    """The requirements of one dependency group of pyproject.toml."""
    return tuple(nox.project.dependency_groups(PROJECT, name))


def lowest_versions() -> list[str]:
    """One `name==version` for each direct dependency that this platform needs."""
    wanted = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
    wanted = [each for each in wanted if each.marker is None or each.marker.evaluate()]
    return [f"{each.name}=={limit.version}" for each in wanted for limit in each.specifier if limit.operator == ">="]


def dead_links(page: Path) -> list[str]:
    """The relative links of a Markdown page that lead nowhere."""
    targets = re.findall(r"\]\(([^)#\s]+)", text(page))
    return [target for target in targets if "://" not in target and not (page.parent / target).exists()]


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
