"""Names that may stand in an archive (contract C2.2.3): below its folder, and the same file on Windows as on Linux."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from caixue.lang import tr

# Microsoft, "Naming Files, Paths, and Namespaces": what a name may not hold, and names that are devices whatever follows a dot.
_SIGNS = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)
LONGEST_NAME, LONGEST_PATH = 255, 4_000  # bytes of UTF-8


def unfit(path: str) -> str:
    """Why `path`, written with /, may not stand in an archive; empty when it may."""
    if not path or path.startswith("/"):
        return tr("不是文件夹里的相对路径", "it is no path below the folder")
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return tr("名字不是 Unicode", "its name is not Unicode")
    if size > LONGEST_PATH:
        return tr("路径太长", "the path is too long")
    return next(filter(None, map(_unfit_name, path.split("/"))), "")


def _unfit_name(name: str) -> str:
    if name in ("", ".", ".."):
        return tr("路径走出文件夹", "the path leaves the folder")
    if _SIGNS.search(name):
        return tr("名字里有 Windows 不许的字符", "its name holds a sign that Windows forbids")
    if name.endswith((".", " ")):
        return tr("名字以点或空格结尾", "its name ends with a dot or a space")
    if _DEVICES.fullmatch(name.split(".")[0].rstrip(" ")):
        return tr("Windows 保留的设备名", "a device's name on Windows")
    return tr("名字太长", "its name is too long") if len(name.encode()) > LONGEST_NAME else ""


def clashes(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that are one file where capital letters, or ways to write an accent, make no difference."""
    seen: dict[str, str] = {}
    found = []
    for path in paths:
        first = seen.setdefault(unicodedata.normalize("NFC", path).casefold(), path)
        if first is not path:
            found.append((first, path))
    return found
