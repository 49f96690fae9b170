"""What must hold for the image: it is built from what is here, pinned, and does not run as root."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from deploy.manifests import ROOT

DOCKERFILE: Final = ROOT / "Dockerfile"


def problems() -> Iterator[str]:
    text = DOCKERFILE.read_text()
    yield from _unpinned(text)
    yield from _missing(text)
    yield from _members_left_out(text)
    yield from _other_uv(text)
    if not re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE):
        yield "the image may run as root: give USER a number"


def _unpinned(text: str) -> Iterator[str]:
    for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        if base.partition(":")[2] in ("", "latest"):
            yield f"the image is built on {base}: pin a version"


def _missing(text: str) -> Iterator[str]:
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for source in sources.split():
            if not (ROOT / source).exists():
                yield f"the image copies {source}, which is not there"


def _members_left_out(text: str) -> Iterator[str]:
    """Every member is there: uv reads each project file before it installs any."""
    for pattern in _project()["tool"]["uv"]["workspace"]["members"]:
        for project in ROOT.glob(f"{pattern}/pyproject.toml"):
            name = project.relative_to(ROOT)
            if f"COPY {name} {name.parent}/" not in text:
                yield f"the image leaves out {name}"


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _other_uv(text: str) -> Iterator[str]:
    brought = re.search(r"^UV_VERSION=(\S+)$", (ROOT / "just").read_text(), re.MULTILINE)
    if brought and f"/uv:{brought[1]} " not in text:
        yield f"the image is built with another uv than {brought[1]}, which ./just brings"
