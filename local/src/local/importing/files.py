"""Files to import: where their columns are, and what their mapping says of the file."""

import itertools
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from local.importing.encoding import Looked, look_through
from local.importing.records import (
    Read,
    Record,
    csv_records,
    json_records,
    plain_record,
    records_by_blanks,
)
from local.problems import Problem

MAPPINGS: Final = Path(__file__).resolve().parents[3] / "mappings"
JSON_LINES: Final = {".jsonl", ".ndjson"}
SEPARATORS: Final = (";", "\t", "|", ",")
SHOWN_COLUMNS: Final = 12
COLUMNS: Final = ("column", "unit_column", "kind_column", "time_zone_column")


@dataclass(frozen=True)
class Mapping:
    """Which column becomes what: the `[file]` section is read here, the rest by the service."""

    path: Path
    separator: str
    encoding: str | None
    escaped: bool
    """Whether cells that a spreadsheet would run have an apostrophe in front; see `kit.cells`."""
    content: dict[str, Any]

    def columns(self) -> list[str]:
        """Every column it names, once, in order."""
        return list(dict.fromkeys(_columns(self.content)))


@dataclass(frozen=True)
class Source:
    """A file to import, and its mapping."""

    path: Path
    mapping: Mapping

    @property
    def is_json(self) -> bool:
        return self.path.suffix in JSON_LINES

    @property
    def first_line(self) -> int:
        """The line that the first record is in: after the header, if there is one."""
        return 1 if self.is_json else 2

    @cached_property
    def looked(self) -> Looked:
        return look_through(self.path, self.mapping.encoding)

    @cached_property
    def columns(self) -> list[str]:
        """The header; of JSON lines, the keys that the mapping names."""
        if self.is_json:
            return self.mapping.columns()
        for read in self._all():
            if isinstance(read, Record):
                return ["" if value is None else value for value in read.values]
            raise Problem(f"{self.path} has no header: its first line {read.reason}.")
        raise Problem(f"{self.path} is empty: its first line names the columns.")

    def records(self) -> Iterator[Read]:
        """Every line after the header, in order, with its number in the file."""
        yield from itertools.islice(self._all(), 0 if self.is_json else 1, None)

    def identified(self) -> list[str]:
        """The first identifier of each record, as the mapping names its column."""
        column = self.columns.index(self.mapping.content["identifiers"][0]["column"])
        records = (each.values for each in self.records() if isinstance(each, Record))
        return [values[column] or "" for values in records if len(values) > column]

    def check(self) -> None:
        """A Problem if nothing can come of it: no lines, or columns that don't fit the mapping."""
        if not self.looked.lines:
            raise Problem(f"{self.path} is empty.")
        twice = {name for name in self.columns if self.columns.count(name) > 1}
        if twice:
            raise Problem(f"{self.path} has two columns {', '.join(sorted(twice))}.")
        missing = set(self.mapping.columns()) - set(self.columns)
        if missing:
            raise Problem(
                f"{self.path} has no column {', '.join(sorted(missing))}, which "
                f"{self.mapping.path} names. {self._seen()}"
            )
        if next(self.records(), None) is None:
            raise Problem(f"{self.path} has a header, and no lines.")

    def _seen(self) -> str:
        """What the header is instead, and what may have been meant by it."""
        header = " ".join(self.columns)
        others = [each for each in SEPARATORS if each in header and each != self.mapping.separator]
        if len(self.columns) == 1 and others:
            meant = "\\t" if others[0] == "\t" else others[0]
            return f'Its header is one column: say [file] separator = "{meant}" in the mapping?'
        if "\r" in header:
            return "Its lines end with a carriage return alone: save it with other line ends."
        seen = ", ".join(self.columns[:SHOWN_COLUMNS])
        more = ", ..." if len(self.columns) > SHOWN_COLUMNS else ""
        return f"It has {seen}{more}; give --mapping FILE for these columns."

    def unused(self) -> list[str]:
        """Columns that the mapping makes nothing of."""
        return [name for name in self.columns if name not in self.mapping.columns()]

    def _all(self) -> Iterator[Read]:
        encoding = self.looked.encoding
        try:
            if self.is_json:
                lists = self.mapping.content.get("lists", {})
                yield from json_records(self.path, encoding, self.columns, lists.values())
            elif self.mapping.separator == "blanks":
                yield from records_by_blanks(self.path, encoding)
            else:
                read = csv_records(self.path, encoding, self.mapping.separator)
                yield from (plain_record(e) for e in read) if self.mapping.escaped else read
        except OSError as wrong:
            raise Problem(f"{self.path} can't be read: {wrong.strerror}.") from wrong


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML or JSON file, or a Problem that says where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as wrong:
        raise Problem(f"The mapping {path} can't be read: {wrong.strerror}.") from wrong
    except (ValueError, RecursionError) as wrong:  # both decoders' and the codec's errors are that
        raise Problem(f"The mapping {path} can't be read: {wrong}.") from wrong
    if not isinstance(content, dict):
        raise Problem(f"The mapping {path} is no table of parts.")
    file = content.pop("file", {})
    if file.get("masked") is True:
        raise Problem(
            f"{path} is of a masked export: its customers would be made anew under their masks."
        )
    separator = file.get("separator", ",")
    if separator != "blanks" and (not isinstance(separator, str) or len(separator) != 1):
        raise Problem(f"The mapping {path} has a [file] separator that is not one character.")
    return Mapping(path, separator, file.get("encoding"), file.get("escaped") is True, content)


def source(path: Path, mapping: Path | None, default: str) -> Source:
    """The file with the mapping given, the one beside it, or the committed one named `default`."""
    if not path.is_file():
        raise Problem(f"There is no file {path}.")
    beside = (path.with_suffix(suffix) for suffix in (".mapping.toml", ".mapping.json"))
    own = next((each for each in beside if each.is_file()), MAPPINGS / f"{default}.toml")
    chosen = mapping or own
    found = Source(path, read_mapping(chosen))
    found.check()
    return found


def _columns(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        content = dict(enumerate(content))
    if not isinstance(content, dict):
        return
    for name, value in content.items():
        if isinstance(value, str):
            if name in COLUMNS:
                yield value
        elif name == "lists" and isinstance(value, dict):
            yield from (each for each in value.values() if isinstance(each, str))
        else:
            yield from _columns(value)
