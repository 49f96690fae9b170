"""Reading files: records with the number of their line, as a mapping's [file] section says."""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.problems import Problem

MAPPINGS = Path(__file__).resolve().parents[3] / "mappings"
LONGEST_FIELD = 10_000


@dataclass(frozen=True)
class Mapping:
    """Which column becomes what: the `[file]` section is read here, the rest by the service."""

    path: Path
    separator: str
    encoding: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A file to import, and its mapping."""

    path: Path
    mapping: Mapping

    def columns(self) -> list[str]:
        for values in self._rows():
            return list(values)
        raise Problem(f"{self.path} is empty: its first line names the columns.")

    def records(self) -> Iterator[list[str]]:
        """Every line after the header, in order: the first is line 2 of the file."""
        rows = self._rows()
        next(rows, None)
        yield from rows

    def identified(self) -> list[str]:
        """The first identifier of each record, as the mapping names its column."""
        column = self.columns().index(self.mapping.content["identifiers"][0]["column"])
        return [record[column] for record in self.records() if len(record) > column]

    def digest(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _rows(self) -> Iterator[list[str]]:
        try:
            with self.path.open(encoding=self.mapping.encoding, newline="") as file:
                if self.mapping.separator == "blanks":
                    yield from (line.split() for line in file)
                else:
                    yield from csv.reader(file, delimiter=self.mapping.separator)
        except UnicodeDecodeError as wrong:
            raise Problem(
                f"{self.path} is not {self.mapping.encoding} at byte {wrong.start}: "
                "name its encoding in the mapping's [file] section."
            ) from wrong
        except csv.Error as wrong:
            raise Problem(f"{self.path} can't be read as CSV: {wrong}.") from wrong
        except OSError as wrong:
            raise Problem(f"{self.path} can't be read: {wrong.strerror}.") from wrong


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file, or a Problem that says where it is wrong."""
    try:
        content = tomllib.loads(path.read_text())
    except OSError as wrong:
        raise Problem(f"The mapping {path} can't be read: {wrong.strerror}.") from wrong
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise Problem(f"The mapping {path} is not TOML: {wrong}.") from wrong
    file = content.pop("file", {})
    return Mapping(path, file.get("separator", ","), file.get("encoding", "utf-8"), content)


def columns_used(content: Any) -> set[str]:
    """Every column a mapping names, however deep."""
    if isinstance(content, dict):
        own = {content["column"]} if isinstance(content.get("column"), str) else set()
        return own.union(*(columns_used(each) for each in content.values()))
    if isinstance(content, list):
        return set().union(*(columns_used(each) for each in content))
    return set()


def source(path: Path, mapping: Path | None, default: str) -> Source:
    """The file with the mapping given, or the committed one named `default`."""
    if not path.is_file():
        raise Problem(f"There is no file {path}.")
    found = Source(path, read_mapping(mapping or MAPPINGS / f"{default}.toml"))
    missing = columns_used(found.mapping.content) - set(found.columns())
    if missing:
        raise Problem(
            f"{path} has no column {', '.join(sorted(missing))}, which {found.mapping.path} names; "
            "give --mapping FILE for these columns."
        )
    return found


def chunks(records: Iterator[list[str]], size: int) -> Iterator[Sequence[list[str]]]:
    chunk: list[list[str]] = []
    for record in records:
        chunk.append(record)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
