"""TOML files at the door: any text is read or answered with one usage error, and a key is found on its line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.door import line_of, parse_toml
from caixue.errors import UsageError

pytestmark = pytest.mark.usefixtures("english")

TEXT = """\
title = "x"
[load]
profile = "weekday-morning"
[load.service]
mean = "110 s"
[[fault]]
at = "+45 min"
[[fault]]
at = "+60 min"
[fault.detail]
"lane" = 2
"""


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("title",), 1),
        (("load", "profile"), 3),
        (("load", "service", "mean"), 5),
        (("load", "service", "sd"), 4),
        (("load", "scale"), 2),
        (("fault", 0, "at"), 7),
        (("fault", 1, "at"), 9),
        (("fault", 1, "detail", "lane"), 11),
        (("fault", 0, "kind"), 6),
        (("site",), None),
    ],
)
def test_a_key_is_found_on_its_line_and_a_missing_one_at_its_table(loc: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, loc) == line


def test_a_syntax_error_names_file_and_line_and_quotes_it() -> None:
    with pytest.raises(UsageError, match=r"^room\.toml:2: not TOML: .*\n    b = = 2$"):
        parse_toml("a = 1\nb = = 2\n", path="room.toml")


@given(st.text(alphabet=st.sampled_from("a1.=[]{}\"'#, \n\\采"), max_size=40))
def test_any_text_is_toml_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert isinstance(parse_toml(text, path="room.toml"), dict)
