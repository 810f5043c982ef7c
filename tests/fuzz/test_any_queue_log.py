"""Any bytes are a queue log that is fitted, or a refusal with file and line: never any other error."""

from __future__ import annotations

import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from twin.csv_rows import ArrivalsError
from twin.fitting.chart import chart_svg
from twin.fitting.columns import NAMES
from twin.fitting.fit import Wanted, fit
from twin.fitting.printed import told
from twin.fitting.scenario_files import scenarios
from twin.fitting.tables import bad_rows_csv, fit_data, profile_csv
from twin.output import json_text
from twin.scenario import parse_scenario

NAMED = [name for names in NAMES.values() for name in names]
CELLS = st.one_of(
    st.sampled_from(
        ["2026-01-05 07:00:00", "2026/1/5 上午 7:03", "07:05", "46027.29", "2026-02-17 08:00", "2026-01-05", "", "王小明", '"', "是", "A1"]
    ),
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.text(max_size=12),
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """Something like a queue log, with mistakes of all kinds."""
    separator = draw(st.sampled_from(",;\t|"))
    header = draw(st.lists(st.sampled_from(NAMED), min_size=1, max_size=6)) + ["到达时间"] * draw(st.integers(0, 1))
    rows = draw(st.lists(st.lists(CELLS, min_size=0, max_size=len(header) + 1), max_size=25))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(separator.join(row) for row in [header, *rows])
    return text.encode(draw(ENCODINGS), errors="replace")


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """A packed file with the parts of a workbook, and what does not belong there."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        for name in draw(
            st.lists(st.sampled_from(["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"]), unique=True)
        ):
            parts.writestr(name, draw(st.binary(max_size=60)))
    content = packed.getvalue()
    return content[: draw(st.integers(4, len(content)))]


def fitted_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.csv")
        path.write_bytes(content)
        try:
            found = fit([path], Wanted())
        except ArrivalsError as refused:
            assert all(problem.line >= 1 and problem.what for problem in refused.problems)
            assert f"{path}:" in str(refused)
            return
        assert json_text(fit_data(found)) and profile_csv(found) and bad_rows_csv(found) and chart_svg(found) and list(told(found, []))
        for name, text in scenarios(found, Path(folder)):
            parse_scenario(text.encode(), Path(folder, name))
        whole = {kind for _, _, kind in found.log.bad.sorted() if kind < 20}
        left_out = sum(count for kind, count in found.log.bad.counts().items() if kind in whole)
        assert len(found.log.people.line) + left_out == found.log.rows  # nothing vanishes


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    fitted_or_refused(content)


@given(st.binary(max_size=200), ENCODINGS)
def test_any_bytes_below_a_header(content: bytes, encoding: str) -> None:
    fitted_or_refused("到达时间,开始时间,结束时间\n2026-01-05 07:00:00,,\n".encode(encoding) + content)


@given(logs())
def test_any_log_with_mistakes(content: bytes) -> None:
    fitted_or_refused(content)


@given(workbooks())
def test_any_packed_file(content: bytes) -> None:
    fitted_or_refused(content)
