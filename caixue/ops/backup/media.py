"""Media (contract C2.2.3): a folder counts as a medium when the marker in it says which one it is; an unplugged disk leaves an empty folder."""

from __future__ import annotations

import json
from pathlib import Path

from caixue.errors import BackupError, UsageError
from caixue.lang import tr
from caixue.ops.backup.disk import disk, written

MARKER = "caixue-medium.json"


def prepare(folder: Path, site: str, name: str) -> bool:
    """Write the marker of the medium `name`; False where it is there already. Raises UsageError for no folder and for another medium."""
    if not folder.is_dir():
        raise UsageError(
            tr(f"{folder}：没有这个目录；先接上介质，建好目录", f"{folder}: there is no such folder; connect the medium and make it")
        )
    said = _marker(folder)
    if said is not None and said != _expected(site, name):
        raise UsageError(_another(folder, said, name))
    if said is None:
        with written(folder / MARKER) as part:
            part.write_text(json.dumps(_expected(site, name), ensure_ascii=False) + "\n", encoding="utf-8")
    return said is None


def check(folder: Path, site: str, name: str) -> None:
    """Raises BackupError unless the medium `name` of this site is what lies at `folder`."""
    if not folder.is_dir():
        zh = f"介质 {name} 不在：没有 {folder}；接上后重做"
        raise BackupError(tr(zh, f"the medium {name} is missing: there is no {folder}; connect it and repeat"))
    said = _marker(folder)
    if said is None:
        zh = f"{folder} 里没有介质 {name} 的标记：介质没有接上，或还没有启用（caixue backup prepare {name}）"
        raise BackupError(
            tr(zh, f"{folder} has no marker of the medium {name}: it is not connected, or not yet prepared (caixue backup prepare {name})")
        )
    if said != _expected(site, name):
        raise BackupError(_another(folder, said, name))


def _expected(site: str, name: str) -> dict[str, object]:
    return {"schema": 1, "site": site, "medium": name}


def _marker(folder: Path) -> object:
    """What the marker says; None where there is none."""
    file = folder / MARKER
    with disk(folder):
        text = file.read_bytes() if file.is_file() else None
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def _another(folder: Path, said: object, name: str) -> str:
    row = said if isinstance(said, dict) else {}
    is_, of = row.get("medium", "?"), row.get("site", "?")
    return tr(f"{folder} 里是 {of} 的介质 {is_}，不是 {name}：换上对的", f"{folder} holds the medium {is_} of {of}, not {name}: change it")
