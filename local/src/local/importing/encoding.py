"""In which encoding a file is, found out before anything of it is sent."""

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.problems import Problem

BLOCK: Final = 1 << 20
BOMS: Final = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
LIKELY_CHINESE: Final = 0.8


@dataclass(frozen=True)
class Looked:
    """What one look through a file tells."""

    encoding: str
    digest: str
    lines: int


def look_through(path: Path, stated: str | None) -> Looked:
    """Its encoding, digest and number of lines; a Problem that names the first wrong byte.

    Without a stated encoding it is UTF-8, with or without a BOM, or else GB18030 (which GBK and
    GB2312 are part of), where what it holds looks like Chinese.
    """
    try:
        digest, lines = _measure(path)
        encoding = stated_encoding(path, stated) if stated else _found_out(path)
    except OSError as wrong:
        raise Problem(f"{path} can't be read: {wrong.strerror}.") from wrong
    return Looked(encoding, digest, lines)


def stated_encoding(path: Path, stated: str) -> str:
    try:
        name = codecs.lookup(stated).name
        by_lines = "\n,".encode(name) == b"\n,"
    except (LookupError, UnicodeError):
        by_lines = False
    if not by_lines:
        raise Problem(
            f"The mapping's [file] encoding {stated!r} is none that files of lines are read in; "
            "utf-8, gb18030, big5 and latin-1 are."
        )
    wrong = first_wrong_byte(path, name)
    if wrong is not None:
        raise Problem(
            f"{path} is not {stated} at byte {wrong}, as its mapping says: "
            "name its encoding in the mapping's [file] section."
        )
    return name


def first_wrong_byte(path: Path, encoding: str) -> int | None:
    """Where it is not in this encoding, counted from the beginning of the file; None if it is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    begun = 0
    for block in (*_blocks(path), b""):
        waiting = decoder.getstate()[0]
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as wrong:
            return begun - len(waiting) + wrong.start
        begun += len(block)
    return None


def _found_out(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in BOMS.items():
        if start.startswith(mark):
            raise Problem(f"{path} is {name} (byte 0): save it as UTF-8, or as CSV UTF-8.")
    wrong = first_wrong_byte(path, "utf-8")
    if wrong is None:
        return "utf-8"
    otherwise = first_wrong_byte(path, "gb18030")
    if otherwise is None and _looks_chinese(path):
        return "gb18030"
    raise Problem(
        f"{path} is not UTF-8 at byte {wrong}, and not Chinese in GB18030 either: name its "
        'encoding in the mapping, [file] encoding = "latin-1" for instance.'
    )


def _looks_chinese(path: Path) -> bool:
    """Chinese letters are mostly pairs of high bytes; in Latin letters high ones stand alone."""
    pairs = likely = 0
    for block in _blocks(path):
        place = 0
        while place < len(block) - 1:
            first, second = block[place], block[place + 1]
            if first < 0x80:
                place += 1
                continue
            pairs += 1
            likely += second >= 0x80
            place += 2
        if pairs:
            break
    return pairs > 0 and likely / pairs >= LIKELY_CHINESE


def _measure(path: Path) -> tuple[str, int]:
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    for block in _blocks(path):
        digest.update(block)
        lines += block.count(b"\n")
        last = block[-1:]
    return digest.hexdigest(), lines + (last != b"\n")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
