"""replay.html: one run as one page that plays offline, with its room, its queue and its faults on a time line."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from caixue.events import Event
from caixue.fonts import coverage, missing
from twin.replay.timeline import Fold
from twin.replay.typeface import as_url, cut

_SLOT = re.compile(r"@@(TITLE|FONT|DATA|MISSING)@@")


def render_replay(result: Mapping[str, Any], events: Iterable[Event], windows: Sequence[str]) -> str:
    """The page of one run, whole: it loads nothing, and the same run gives the same bytes.

    `result` is result.json with "title" and "start" (ISO 8601) added; `windows` are the site's windows in the order they
    stand, others that events name (a manual station) are added after them. Raises UsageError when "start" cannot be read.
    """
    data = Fold(result, events, windows).lists()
    template, title, content = _template(), html.escape(data["head"]["title"]), _embed(data)
    page = set(template) | set(title) | set(content)
    parts = {"TITLE": title, "DATA": content, "FONT": as_url(cut(page & coverage())), "MISSING": html.escape(_missing_note(page - {"\n"}))}
    return _SLOT.sub(lambda slot: parts[slot[1]], template)


def _missing_note(characters: set[str]) -> str:
    """Which characters the page cannot draw with its own font; empty when there are none."""
    lacking = missing("".join(sorted(characters)))
    names = "、".join(f"{char} (U+{ord(char):04X})" for char in lacking)
    return f"内嵌字体缺字，由系统字体代替 not in the embedded font: {names}" if lacking else ""


def write_replay(path: Path | str, result: Mapping[str, Any], events: Iterable[Event], windows: Sequence[str]) -> Path:
    """Write the page of one run to `path` and return it."""
    target = Path(path)
    target.write_text(render_replay(result, events, windows), encoding="utf-8", newline="\n")
    return target


@cache
def _template() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def _embed(data: Mapping[str, Any]) -> str:
    """JSON that cannot end the element it stands in, whatever its texts say."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
