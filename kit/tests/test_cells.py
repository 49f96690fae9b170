import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.cells import RUNS, csv_line, csv_lines, plain, safe

TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@'\t\r\n,\"1a.é\uff1d"), st.characters(codec="utf-8")), max_size=8
)


def read(written):
    return list(csv.reader(io.StringIO(written, newline="")))


@given(TEXTS)
@example("-1e5")
def test_no_cell_is_a_formula_and_each_is_read_back_as_it_was(text):
    cell = safe(text)

    assert plain(cell) == text
    assert cell[:1] == "'" or not RUNS.match(cell) or float(cell) is not None


@given(st.lists(st.tuples(TEXTS, st.integers(), st.none()), max_size=4))
def test_whatever_is_written_is_read_again(rows):
    found = read(csv_lines([("text", "number", "nothing"), *rows]))

    assert [(plain(text), int(number), nothing) for text, number, nothing in found[1:]] == [
        (text, number, "") for text, number, _ in rows
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\0=1", "'\0=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("'=1", "''=1"),
        ("+8613812345678", "+8613812345678"),
        ("-12.50", "-12.50"),
        ("-1+1", "'-1+1"),
        ("O'Neill", "O'Neill"),
    ],
)
def test_what_could_run_is_quoted_and_numbers_stay(text, cell):
    assert safe(text) == cell
    assert read(csv_line([text])) == [[cell]]


def test_numbers_are_numbers_and_nothing_is_empty():
    assert csv_lines([["a", "b"], [-5, None], [-1e-9, Decimal("-0.5")]]) == (
        "a,b\r\n-5,\r\n-1e-09,-0.5\r\n"
    )


def test_a_line_is_csv():
    assert csv_line(['a"b', "=1", 2]) == '"a""b",\'=1,2\r\n'


def test_what_is_true_and_when_are_written_as_in_json():
    assert csv_line([True, False, datetime(2026, 1, 5, 9, 30, tzinfo=UTC)]) == (
        "true,false,2026-01-05T09:30:00+00:00\r\n"
    )
