import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.spreadsheets import as_csv


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_is_taken_for_a_formula(start):
    read = list(csv.reader(io.StringIO(as_csv(["a"], [[f"{start}1+1"]]), newline="")))

    assert read[1] == [f"'{start}1+1"]


def test_numbers_below_zero_are_numbers_and_nothing_is_empty():
    assert as_csv(["a", "b"], [[-5, None]]) == "a,b\r\n-5,\r\n"


@given(rows=st.lists(st.tuples(st.text(st.characters(exclude_characters="\x00")), st.integers())))
def test_whatever_is_written_is_read_again(rows):
    read = list(csv.reader(io.StringIO(as_csv(["text", "number"], rows), newline="")))

    assert [(text.removeprefix("'"), int(number)) for text, number in read[1:]] == [
        (text.removeprefix("'"), number) for text, number in rows
    ]
