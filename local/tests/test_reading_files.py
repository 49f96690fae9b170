from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.importing.files import source
from local.importing.records import LONGEST_LINE, Record, Unreadable, csv_records
from local.problems import Problem

MAPPING = """
unit = "hq.zj"
identifiers = [{ scheme = "crm", column = "id" }]
name = { column = "who" }
"""


@pytest.fixture
def file(tmp_path: Path):
    """Writes a file and its mapping, and opens it as the import would."""

    def open_(content: bytes, settings: str = "", name: str = "people.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(f"{MAPPING}\n[file]\n{settings}\n")
        return source(path, mapping, "telco_customers")

    return open_


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("gb18030", ""),
        ("gbk", ""),
        ("big5", 'encoding = "big5"'),
    ],
)
def test_chinese_names_are_read_in_the_encodings_that_they_come_in(
    file, encoding: str, stated: str
) -> None:
    found = file("id,who\n1,王小明\n2,李麗華\n".encode(encoding), stated)

    assert found.columns == ["id", "who"]
    assert list(found.records()) == [Record(2, ["1", "王小明"]), Record(3, ["2", "李麗華"])]


def test_latin_letters_are_read_where_the_mapping_says_so(file) -> None:
    found = file("id,who\n1,André\n2,Zoë\n".encode("latin-1"), 'encoding = "latin-1"')

    assert [each.values for each in found.records()] == [["1", "André"], ["2", "Zoë"]]


@pytest.mark.parametrize(
    ("content", "settings", "told"),
    [
        ("id,who\n1,André\n2,Zoë\n".encode("latin-1"), "", "not UTF-8 at byte 13"),
        (b"id,who\n1,Ada\n2,\xff\xff\n", 'encoding = "utf-8"', "not utf-8 at byte 15"),
        ("id,who\n1,Ada\n".encode("utf-16"), "", "is UTF-16 (byte 0)"),
        (b"id,who\n1,Ada\n", 'encoding = "utf-16"', "none that files of lines are read in"),
        (b"id,who\n1,Ada\n", 'encoding = "klingon"', "none that files of lines are read in"),
        (b"id,who\n1,Ada\n", 'separator = "::"', "not one character"),
        (b"", "", "is empty"),
        (b"id,who\n", "", "has a header, and no lines"),
        (b"id,who,id\n1,Ada,2\n", "", "has two columns id"),
        (b"id,name\n1,Ada\n", "", "has no column who, which"),
        (b"id,name\n1,Ada\n", "", "It has id, name; give --mapping"),
        (b"id;who\n1;Ada\n", "", 'say [file] separator = ";"'),
        (b"id\twho\n1\tAda\n", "", 'say [file] separator = "\\t"'),
        (b"id,who\r1,Ada\r", "", "carriage return alone"),
        (b"a" * (LONGEST_LINE + 1), "", "its first line is longer than 100000 bytes"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_before_anything_is_sent(
    file, content: bytes, settings: str, told: str
) -> None:
    with pytest.raises(Problem) as refusal:
        file(content, settings)

    assert told in str(refusal.value)


def test_a_wrong_byte_is_named_by_its_place_in_the_whole_file(file) -> None:
    content = b"id,who\n" + b"1,Ada\n" * 400_000 + b"2,\xe9\n"

    with pytest.raises(Problem) as refusal:
        file(content)

    assert f"not UTF-8 at byte {len(content) - 2}" in str(refusal.value)


def test_bad_lines_are_told_by_their_number_and_reading_goes_on(file) -> None:
    long = b"x" * (LONGEST_LINE * 3)
    content = b"\n".join(
        [b"id,who", b"1,Ada", b"2,A\0a", long, b"", b'3,"Ada', b'4,"Ada "B" C"', b"5,Bob\r", b"6"]
    )

    found = file(content)

    assert list(found.records()) == [
        Record(2, ["1", "Ada"]),
        Unreadable(3, "holds a NUL byte", "2,A\0a"),
        Unreadable(4, "is longer than 100000 bytes", "x" * 2_000),
        Unreadable(6, "is not CSV: ',' expected after '\"'", '3,"Ada'),
        Unreadable(7, "is not CSV: ',' expected after '\"'", '4,"Ada "B" C"'),
        Record(8, ["5", "Bob"]),
        Record(9, ["6"]),
    ]


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b'1,"Ada\n' + b"2,Bob\n" * 500)

    read = list(csv_records(path, "utf-8", ","))

    assert read[0] == Unreadable(1, "opens a quote that is not closed", '1,"Ada')
    assert read[1:] == [Record(line, ["2", "Bob"]) for line in range(2, 502)]


def test_a_value_may_go_over_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b'1,"Ada\nKing, ""Countess"""\n2,Bob\n')

    assert list(csv_records(path, "utf-8", ",")) == [
        Record(1, ["1", 'Ada\nKing, "Countess"']),
        Record(3, ["2", "Bob"]),
    ]


def test_json_lines_are_records_by_the_keys_that_the_mapping_names(file) -> None:
    lines = [
        '{"who": "Ada", "id": 1, "more": true}',
        '{"id": "2", "who": null}',
        '{"id": "3"}',
        "[1]",
        '{"id": ',
        '{"id": {"a": [1]}, "who": false}',
        '{"id": 4, "who": false}',
    ]

    found = file("\n".join(lines).encode(), name="people.jsonl")

    read = list(found.records())
    assert found.columns == ["id", "who"]
    assert [each.values for each in read if isinstance(each, Record)] == [
        ["1", "Ada"],
        ["2", None],
        ["3", None],
        ["4", "false"],
    ]
    assert [(each.line, each.reason[:20]) for each in read if isinstance(each, Unreadable)] == [
        (4, "is not a JSON object"),
        (5, "is not JSON: unexpec"),
        (6, "has no text in id"),
    ]


@settings(max_examples=30)
@given(content=st.binary(max_size=300).map(lambda found: b"id,who\n1,Ada\n" + found))
def test_whatever_a_file_holds_every_line_is_told_once_or_the_file_is_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "mapping.toml").write_text(MAPPING)
    (folder / "people.csv").write_bytes(content)

    try:
        found = source(folder / "people.csv", folder / "mapping.toml", "telco_customers")
    except Problem:
        return

    numbers = [each.line for each in found.records()]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 2
    assert numbers[-1] <= found.looked.lines
