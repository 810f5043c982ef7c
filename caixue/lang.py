"""Which language people read: Chinese unless CAIXUE_LANG says otherwise."""

from __future__ import annotations

import errno
import os

# What the operating system refuses, in Chinese; it says so in its own language otherwise.
_REASONS = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "文件系统只读",
    errno.ENOSPC: "磁盘已满",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOTDIR: "路径中间有一段不是目录",
    errno.ENAMETOOLONG: "名字太长",
}


def english() -> bool:
    """True when the user asked for English with CAIXUE_LANG=en."""
    return os.environ.get("CAIXUE_LANG", "zh").lower().startswith("en")


def tr(zh: str, en: str) -> str:
    """The text in the user's language."""
    return en if english() else zh


def why(error: Exception) -> str:
    """Why a file could not be read or written, in a few words."""
    told = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return tr(_REASONS.get(getattr(error, "errno", None) or 0, told), told)
