"""Anchors: number and hash of an entry, kept outside the ledger, on paper or in a file, so that a cut tail or an older copy is noticed.

An anchor on paper looks like `1234-9f3c-22ab-0d41-77e0-c5`: the entry's number, the first 16 digits of its hash, and two digits
against slips of the pen. What was noted after the newest anchor could still be cut off unnoticed: the blind window is the time since.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ledger.chain import Row

_CODE = re.compile(r"([0-9]+)-([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{2})")
SHORT = 16


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry that was in the ledger once: its number, and its hash or the beginning of it."""

    seq: int
    hash: str

    @property
    def code(self) -> str:
        """What people write on paper."""
        short = self.hash[:SHORT]
        groups = [short[at : at + 4] for at in range(0, SHORT, 4)]
        return "-".join([str(self.seq), *groups, _check(self.seq, short)])

    def fits(self, row: Row) -> bool:
        """Whether this is the entry that was anchored."""
        return row.seq == self.seq and row.hash.startswith(self.hash)


def read_code(text: str) -> Anchor:
    """The anchor that such a code names; capitals and spaces do not matter. Raises UsageError for a miscopied one."""
    found = _CODE.fullmatch(re.sub(r"\s", "", text).lower())
    if found is None:
        raise UsageError(tr(f"不是锚码：{text}；样子是 1234-9f3c-22ab-0d41-77e0-c5", f"no anchor code: {text}; one looks like 1234-9f3c-22ab-0d41-77e0-c5"))
    seq, short = int(found[1]), "".join(found.group(2, 3, 4, 5))
    if found[6] != _check(seq, short):
        raise UsageError(tr(f"锚码抄错了：{text}", f"this anchor code was miscopied: {text}"))
    return Anchor(seq, short)


def read_file(file: Path) -> list[Anchor]:
    """The anchors in a file that `line` wrote. Raises UsageError for a file that cannot be read or holds something else."""
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = [Anchor(int(row["seq"]), str(row["hash"])) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(tr(f"不是锚文件：{file}（{error}）", f"no file of anchors: {file} ({error})")) from None
    if not found or any(re.fullmatch(r"[0-9a-f]{16,64}", anchor.hash) is None for anchor in found):
        raise UsageError(tr(f"锚文件里没有锚：{file}", f"no anchors in {file}"))
    return found


def read(text: str) -> list[Anchor]:
    """The anchors that an option names: a code, or a file of them."""
    return read_file(Path(text)) if os.path.isfile(text) else [read_code(text)]


def line(anchor: Anchor, site: str, at: str) -> str:
    """One line of a file of anchors."""
    return json.dumps({"site": site, "at": at, "seq": anchor.seq, "hash": anchor.hash, "code": anchor.code}, ensure_ascii=False) + "\n"


def _check(seq: int, short: str) -> str:
    return hashlib.sha256(f"{seq}-{short}".encode()).hexdigest()[:2]
