"""Opening a queue log: text or workbook, its encoding, and what only looks like a log."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path

from caixue.lang import tr, why
from twin.csv_rows import ArrivalsError
from twin.fitting.text_rows import Encoding, TextLog, encoding_of
from twin.fitting.workbook import WorkbookLog
from twin.problems import Problem, read_file

_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.年]?(0[1-9]|1[0-2])[-_.月]?([0-2]\d|3[01])(?!\d)")
_PAGES = (b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta", b"<style", b"<div", b"<head")


def opened(path: Path, sheet: str | None) -> tuple[TextLog | WorkbookLog, Encoding]:
    """The log in a file, and how its bytes are read; raises ArrivalsError for what is none."""
    try:
        head = _head(path)
        if head.startswith(b"PK\x03\x04"):
            return WorkbookLog(path, sheet), Encoding("xlsx", _digest(path))
        if (problem := _not_read(head)) is not None:
            raise ArrivalsError(path, [problem])
        encoding = encoding_of(path)
        return TextLog(path, encoding), encoding
    except OSError as refused:
        raise unreadable(path, refused) from None


def unreadable(path: Path, refused: OSError) -> ArrivalsError:
    """The error of a file that the machine cannot read."""
    what = tr(f"无法读取：{why(refused)}", f"cannot be read: {why(refused)}")
    return ArrivalsError(path, [Problem(1, what, tr("检查文件名和权限", "check its name and permissions"))])


def day_in_name(stem: str) -> date | None:
    """The date in the name of a file, if it holds exactly one."""
    found = {match.groups() for match in _IN_NAME.finditer(stem)}
    try:
        return date(*map(int, found.pop())) if len(found) == 1 else None
    except ValueError:
        return None


def _head(path: Path) -> bytes:
    """The first bytes of a file; refuses what is none."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(512)
    except ValueError:  # no name for a file
        pass
    read_file(path, 1, ArrivalsError)  # tells what is the matter
    return b""


def _not_read(head: bytes) -> Problem | None:
    """What is wrong with files that look like a log to those who send them."""
    hint = tr("在 Excel 中打开，另存为 .xlsx 或“CSV UTF-8”", 'open it in Excel and save it as .xlsx or "CSV UTF-8"')
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return Problem(1, tr("旧式 Excel 工作簿（.xls）", "an old Excel workbook (.xls)"), hint)
    if head.lstrip(b"\xef\xbb\xbf\r\n\t ").lower().startswith(_PAGES):
        return Problem(1, tr("网页表格，不是 CSV", "a table of a web page, not CSV"), hint)
    return None


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).digest()
