import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.cells import RUNS, csv_line, plain, safe

TEXTS = st.text(st.sampled_from("=+-@'\t\r\n,\"1a.é"), max_size=8)


@given(TEXTS)
def test_no_cell_is_a_formula_and_each_is_read_back_as_it_was(text: str) -> None:
    cell = safe(text)

    assert plain(cell) == text
    assert cell[:1] == "'" or not RUNS.match(cell) or float(cell) is not None


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("'=1", "''=1"),
        ("+8613812345678", "+8613812345678"),
        ("-12.50", "-12.50"),
        ("-1+1", "'-1+1"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_what_could_run_is_quoted_and_numbers_stay(text: str, cell: str) -> None:
    assert safe(text) == cell


def test_a_line_is_csv() -> None:
    [row] = csv.reader([csv_line(['a"b', "=1", 2])])

    assert row == ['a"b', "'=1", "2"]
