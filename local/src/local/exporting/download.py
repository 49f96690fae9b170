"""Reading an export page by page into a file, from where an earlier run stopped."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from local.doors import Doors
from local.importing.files import JSON_LINES
from local.problems import Problem
from local.tokens import Wanted

WHOLE: Final = "privacy:handle"


@dataclass(frozen=True)
class Wish:
    """What is to be exported, and where to; in full when it is said why."""

    to: Path
    unit: str
    mapping: dict[str, Any] | None
    purpose: str | None = None
    segment: str | None = None
    """The code of the segment whose members are wanted; None: everybody."""

    @property
    def form(self) -> str:
        return "jsonl" if self.to.suffix in JSON_LINES else "csv"

    @property
    def mapping_file(self) -> Path:
        return self.to.with_suffix(".mapping.json")

    @property
    def part(self) -> Path:
        return self.to.with_name(f"{self.to.name}.part")

    @property
    def place(self) -> Path:
        return self.to.with_name(f"{self.to.name}.part.json")


@dataclass
class Place:
    """How far an export is: what comes behind `size` in the file was not finished."""

    export: str
    asked: dict[str, Any]
    after: str | None = None
    size: int = 0
    lines: int = 0

    def keep(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        os.replace(fresh, path)


async def download(doors: Doors, wish: Wish, show: Callable[[int], None]) -> int:
    """Write the file, and beside it the mapping that imports it; the number of its lines."""
    door = _Door(doors, Wanted("operator", wish.unit, "export", WHOLE), wish.purpose)
    place = _begun(wish) or await _open(door, wish)
    place.keep(wish.place)
    with wish.part.open("r+b" if wish.part.exists() else "w+b") as file:
        file.truncate(place.size)
        file.seek(place.size)
        more = True
        while more:
            page = await door.get(f"/{place.export}/lines", after=place.after)
            file.write(page.content)
            file.flush()
            os.fsync(file.fileno())
            more = "next-after" in page.headers
            place.after = page.headers.get("next-after")
            place.size += len(page.content)
            place.lines += page.content.count(b"\n")
            if more:
                place.keep(wish.place)
            show(place.lines)
    os.replace(wish.part, wish.to)
    wish.place.unlink()
    return place.lines


def _begun(wish: Wish) -> Place | None:
    """An earlier run for the same, if it left its place."""
    if not (wish.place.is_file() and wish.part.is_file()):
        return None
    place = Place(**json.loads(wish.place.read_text()))
    return place if place.asked == _asked(wish) else None


async def _open(door: "_Door", wish: Wish) -> Place:
    wish.part.unlink(missing_ok=True)
    opened = (await door.post(_asked(wish))).json()
    file = {"escaped": wish.form == "csv", "masked": not wish.purpose}
    told = json.dumps(opened["mapping"] | {"file": file}, indent=2, ensure_ascii=False)
    wish.mapping_file.write_text(told)
    return Place(opened["id"], _asked(wish))


def _asked(wish: Wish) -> dict[str, Any]:
    return {
        "unit": wish.unit,
        "mapping": wish.mapping,
        "form": wish.form,
        "whole": bool(wish.purpose),
        "segment": wish.segment,
    }


class _Door:
    """The customer service's exports over REST."""

    def __init__(self, doors: Doors, as_: Wanted, purpose: str | None) -> None:
        self.doors = doors
        self.as_ = as_
        self.purpose = purpose

    async def post(self, content: dict[str, Any]) -> httpx.Response:
        return await self._answer("POST", "/v1/exports", content=content)

    async def get(self, path: str, *, after: str | None) -> httpx.Response:
        query = {"after": after} if after else None
        return await self._answer("GET", f"/v1/exports{path}", query=query)

    async def _answer(self, method: str, path: str, **sent: Any) -> httpx.Response:
        answer = await self.doors.rest(
            "customer", method, path, as_=self.as_, purpose=self.purpose, **sent
        )
        if answer.is_error:
            refusal = answer.json()
            what = (
                f"{refusal['field']} {refusal['detail']}"
                if "field" in refusal
                else refusal["detail"]
            )
            raise Problem(f"The customer service refused the export: {what}.")
        return answer
