"""The diagnostic file: whatever secret or name is planted anywhere, none of it comes out in any encoding; what the maker needs does."""

from __future__ import annotations

import base64
import codecs
import json
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.agent.opening import folder_of
from caixue.cli import main
from caixue.clock import SystemClock
from caixue.doctor import bundle, machine
from caixue.doctor.bundle import Material, Member, members, write
from caixue.doctor.findings import Check, Finding, State, examine
from caixue.doctor.redacting import Redactor
from caixue.errors import LedgerError, UsageError
from caixue.journal import Draft
from caixue.ledger import open_ledger
from caixue.site import load_site

SITE_FILE = """
schema = 1
extends = "eight-window"
name = "room-张三丰"
place = "Canary-place-77"
# Canary-comment-77: the password of the server
[[person]]
name = "李四光"
role = "engineer"
[[person]]
name = "Canary-person-77"
role = "head"
[[person]]
name = "facilities-9"
role = "hospital"
[[device]]
name = "ups-1"
kind = "ups"
url = "socket://canary-user:Canary-url-77@10.9.8.7:4001/?token=Canary-query-77"
options = { feeds = ["window-1.*"], contact = "facilities-9" }
[[host]]
name = "server-app"
kind = "server"
address = "canary-host-77.hospital.example"
[[host]]
name = "李四光-PC"
kind = "pc"
[[host]]
name = "欧阳娜娜用过的电脑"
kind = "pc"
[[probe]]
name = "his"
kind = "http"
target = "http://canary-target-77.example:8080/x?key=Canary-key-77"
about = "his-interface"
"""
CANARIES = (
    *("Canary-", "canary-user", "canary-host-77", "canary-target-77", "10.9.8.7"),
    *("张三丰", "李四光", "王小明", "欧阳娜娜", "赵钱孙", "440301199001011234"),
)


def shapes(secret: str) -> Iterator[bytes]:
    """The secret in every encoding in which it could leave."""
    for encoding in ("utf-8", "gbk", "utf-16-le", "utf-16-be"):
        raw = secret.encode(encoding)
        yield from (raw, raw.hex().encode(), quote(raw).encode(), quote(raw, safe="").lower().encode())
        for before in range(3):  # base64 of a text that holds it: the characters that do not depend on what stands around it
            coded = base64.b64encode(b"\0" * before + raw)
            yield coded[(0, 2, 3)[before] : len(coded) - (0, 3, 2)[(before + len(raw)) % 3]]
    yield secret.encode("ascii", "backslashreplace")
    yield json.dumps(secret)[1:-1].encode()
    yield codecs.encode(secret, "rot13").encode("utf-8")


def leaks(path: Path) -> list[str]:
    """What of the canaries is in the zip: in names, comments, contents, plain or compressed."""
    with zipfile.ZipFile(path) as file:
        parts = [path.read_bytes(), file.comment]
        parts += [part for info in file.infolist() for part in (info.filename.encode(), info.comment, info.extra, file.read(info))]
    return [
        f"{secret}: {shape!r}" for secret in CANARIES for shape in shapes(secret) if len(shape) > 3 and any(shape in part for part in parts)
    ]


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with canaries everywhere: its file, ledger, agent, logs and environment. Gives its folder."""
    folder = tmp_path / "王小明的现场"
    folder.mkdir()
    (folder / "site.toml").write_text(SITE_FILE, encoding="utf-8")
    site, place = load_site(folder / "site.toml"), str(folder / "Canary-file-77.db")
    people = {person.name: person.role for person in site.people}
    with open_ledger(place, site=site.name, people=people, clock=SystemClock()) as ledger:
        said = {"caller": "nurse at window-3", "said": "欧阳娜娜的管子卡住了，电话 Canary-phone-77", "device": "window-3.label-printer"}
        ledger.note([Draft("call.received", "call-0001", said)], actor="李四光")
        ledger.note(
            [Draft("maintenance.done", "ups-1", {"task": "赵钱孙", "note": "440301199001011234", "duration_s": 60})], actor="李四光"
        )
        ledger.note([Draft("leave.granted", "李四光", {"substitute": "李四光", "reason": "Canary-reason-77"})], actor="Canary-person-77")
        ledger.note(
            [Draft("probe.changed", "his", {"about": "his-interface", "state": "CRIT", "detail": "Canary-detail-77"})], actor="monitor"
        )
        ledger.note([Draft("ledger.backed-up", "欧阳娜娜.db", {"sha256": "Canary-sha-77"})], actor="caixue")
        ledger.note([Draft("agent.stopped", "incident-Canary-77", {"reason": "incident-0001 王小明"})], actor="caixue")
    agent = folder_of(place, site.name)
    agent.make()
    agent.write(
        {
            "schema": 1,
            "state": "running",
            "pid": 7,
            "ledger": "oracle://u:Canary-dsn-77@db",
            "spool": {"why": "ORA-1017 Canary-spool-77"},
            "王小明": 1,
        }
    )
    (agent.path / "agent.log").write_text(
        "2026-11-23 07:00:01 LedgerError: Canary-log-77 王小明 window-1.label-printer\n", encoding="utf-8"
    )
    (folder / "欧阳娜娜.log").write_bytes("2026-11-23T07:00:02 赵钱孙 password=Canary-gbk-77\n".encode("gbk"))
    for name in (
        "CAIXUE_DB_PASSWORD",
        "CAIXUE_LEDGER",
        "CAIXUE_SITE",
        "CAIXUE_PERSON",
        "ORACLE_DSN",
        "CAIXUE_LANG",
        "CAIXUE_DEBUG",
        "HOME_KEY",
    ):
        monkeypatch.setenv(name, "oracle://u:Canary-env-77@db")
    monkeypatch.setattr(machine, "python", _failing)
    monkeypatch.chdir(folder)
    return folder


def _failing() -> Iterator[Finding]:
    raise LedgerError("DSN=oracle://u:Canary-exception-77@db; 王小明")
    yield


def written(folder: Path, *more: str) -> Path:
    out = folder.parent / "for-the-maker.zip"
    place = str(folder / "Canary-file-77.db")
    code = main(
        ["doctor", str(folder / "site.toml"), "--ledger", place, "--bundle", str(out), "--log", str(folder / "欧阳娜娜.log"), *more]
    )
    assert code == 99  # a check has failed
    return out


def content(path: Path, name: str) -> Any:
    with zipfile.ZipFile(path) as file:
        return json.loads(file.read(name))


def test_no_canary_comes_out_in_any_encoding(planted: Path) -> None:
    assert leaks(written(planted)) == []


@pytest.mark.parametrize("secret", CANARIES)
@pytest.mark.parametrize("how", ["utf-8", "gbk", "utf-16", "base64", "base64 within", "quoted", "json", "as a file's name"])
def test_a_planted_leak_is_caught_by_the_same_look(tmp_path: Path, secret: str, how: str) -> None:
    longer = f"said: {secret} and more"
    leaked = {
        "utf-8": longer.encode(),
        "gbk": longer.encode("gbk"),
        "utf-16": longer.encode("utf-16"),
        "base64": base64.b64encode(secret.encode()),
        "base64 within": base64.b64encode(longer.encode()),
        "quoted": quote(longer).encode(),
        "json": json.dumps({"said": longer}).encode(),
        "as a file's name": b"",
    }[how]
    path = tmp_path / "leaking.zip"
    write(path, [Member(f"{secret}.json" if not leaked else "a.json", leaked, "", "")], SystemClock().now())
    assert leaks(path)


def test_what_the_maker_needs_is_there(planted: Path) -> None:
    path = written(planted)
    about, site, entries, agent, logs = (content(path, f"{name}.json") for name in ("about", "site", "ledger", "agent", "logs"))
    assert re.fullmatch(r"\d+\.\d+.*", about["caixue"]) and about["packages"]["sqlalchemy"]
    assert site["people"][:2] == ["engineer-1", "head-1"] and len(site["windows"]) == 8
    ups = next(each for each in site["devices"] if each["name"] == "ups-1")
    assert (ups["kind"], ups["url"]["scheme"], ups["url"]["port"]) == ("ups", "socket", 4001)
    call = next(each for each in entries if each["kind"] == "call.received")
    assert (call["actor"], call["subject"], call["data"]["device"]) == ("engineer-1", "call-0001", "window-3.label-printer")
    assert call["data"]["said"]["length"] == len("欧阳娜娜的管子卡住了，电话 Canary-phone-77")
    done = next(each for each in entries if each["kind"] == "maintenance.done")
    assert (done["subject"], done["data"]["duration_s"]) == ("ups-1", 60)
    assert agent["status"]["state"] == "running" and agent["running"] is False
    assert logs[1][0]["words"] == ["LedgerError", "window-1.label-printer"] and logs[1][0]["time"] == "2026-11-23 07:00:01"
    findings = content(path, "findings.json")
    assert {"check": "python", "state": "CRIT", "raised": "LedgerError"} in findings
    assert next(each for each in findings if each["check"] == "packages")["text"]


def test_the_environment_is_a_list_of_six_names_and_whether_they_are_set(planted: Path) -> None:
    told = content(written(planted), "environment.json")
    assert set(told) == set(bundle.ENVIRONMENT) and set(told.values()) <= {"set", "not set", "zh", "en"}


def test_json_lists_what_is_inside_and_the_terminal_says_it_too(planted: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    path = written(planted, "--json")
    listed = json.loads(capfd.readouterr().out)
    with zipfile.ZipFile(path) as file:
        assert [row["name"] for row in listed["contents"]] == file.namelist()
        assert all(len(file.read(row["name"])) == row["bytes"] for row in listed["contents"])
    path.unlink()
    written(planted)
    assert "ledger.json" in capfd.readouterr().out


def test_the_same_text_has_one_pseudonym_in_a_file_and_another_in_the_next(planted: Path) -> None:
    site = load_site(planted / "site.toml")
    one, other = Redactor(site), Redactor(site)
    assert one.pseudonym("王小明") == one.pseudonym("王小明") != other.pseudonym("王小明")


def test_a_file_that_is_there_already_is_kept(planted: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = planted.parent / "for-the-maker.zip"
    out.write_bytes(b"mine")
    assert main(["doctor", str(planted / "site.toml"), "--bundle", str(out)]) == 2
    assert out.read_bytes() == b"mine" and "Traceback" not in capfd.readouterr().err


def test_a_folder_that_is_not_there_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write(tmp_path / "nowhere" / "x.zip", [], SystemClock().now())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError):
        write(tmp_path / "x.zip", [Member("a", b"b", "", "")], SystemClock().now())
    assert list(tmp_path.iterdir()) == []


def test_a_site_file_that_cannot_be_read_is_itself_no_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site.toml").write_text('schema = 1\nextends = "eight-window"\nurl = "socket://Canary-broken-77"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.zip"
    assert main(["doctor", "--bundle", str(path)]) == 99
    assert leaks(path) == [] and content(path, "site.json") == {}


def test_a_part_that_cannot_be_made_says_so_by_the_errors_class_alone(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database, Canary-db-77")
    site = load_site("eight-window")
    parts = {
        each.name: each.content
        for each in members(Material(SystemClock(), [], {}, site, str(tmp_path / "x.db"), [tmp_path / "no-such.log"]))
    }
    assert set(json.loads(parts["ledger.json"])) == set(json.loads(parts["logs.json"])) == {"error"}
    assert b"Canary" not in b"".join(parts.values())


def test_of_a_check_that_failed_only_the_errors_class_is_told() -> None:
    found = list(examine([Check("python", _failing)]))
    assert (found[0].raised, found[0].state) == ("LedgerError", State.CRIT)
    assert "Canary" in found[0].text and "raised" not in found[0].data()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_of_any_data_nothing_but_known_words_and_numbers_under_known_keys_comes_out(data: Any) -> None:
    redactor = REDACTOR

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict) and set(value) != {"length", "pseudonym"}:
            for key, each in value.items():
                yield key if not re.fullmatch("[0-9a-f]{8}", key) else ""
                yield from texts(each)
        elif isinstance(value, list):
            for each in value:
                yield from texts(each)

    types = {"str", "int", "bool", "list", "dict", "NoneType", "float"}
    assert all(redactor.known(text) is not None or text in types or text in bundle_keys() for text in texts(redactor.value(data)))


def bundle_keys() -> frozenset[str]:
    from caixue.doctor.redacting import _KEYS

    return _KEYS


REDACTOR = Redactor(load_site("eight-window"), b"key")


@pytest.mark.parametrize(
    "text", ["incident-0001", "window-3.label-printer", "no-read", "较大", "2026-11-23", "2026-11-23T07:00:00+08:00", "engineer-1", ""]
)
def test_the_programs_own_words_go_out_as_they_are(text: str) -> None:
    assert REDACTOR.text(text) == text


@pytest.mark.parametrize(
    "text",
    ["张三", "1985-03-12", "13800138000", "incident-0001 张三", "hunter2", "zhang-3", "2026-11-23 张三", "440301199001011234", "No-read"],
)
def test_everything_else_goes_as_a_length_and_a_pseudonym(text: str) -> None:
    assert set(REDACTOR.text(text)) == {"length", "pseudonym"}
