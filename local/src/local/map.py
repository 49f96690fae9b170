"""The map of the system: every package and module, and the sentence that says what it is for."""

import ast
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.tree import Tree

from local.folder import CHECKOUT

SOURCES = ("kit/src", "services/*/src", "gateway/src", "local/src", "bench")


@dataclass
class Place:
    """A package or a module."""

    name: str
    purpose: str
    parts: list["Place"] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def places() -> list[Place]:
    """The top-level packages, in the order in which one reads the system."""
    roots = [root for pattern in SOURCES for root in sorted(CHECKOUT.glob(pattern))]
    found = []
    for root in roots:
        packages = [root] if (root / "__init__.py").exists() else sorted(root.iterdir())
        found += [_place(package) for package in packages if (package / "__init__.py").exists()]
    return found


def _place(path: Path) -> Place:
    if path.is_file():
        return Place(path.stem, _purpose(path))
    modules = [one for one in path.glob("*.py") if not one.name.startswith("__")]
    packages = [one for one in path.iterdir() if (one / "__init__.py").exists()]
    parts = [_place(one) for one in sorted([*packages, *modules], key=lambda one: one.stem)]
    return Place(path.name, _purpose(path / "__init__.py"), parts)


def _purpose(module: Path) -> str:
    docstring = ast.get_docstring(ast.parse(module.read_text())) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def tree(found: list[Place]) -> Tree:
    drawn = Tree("[bold]Octoreach[/]", guide_style="dim")
    for place in found:
        _draw(drawn, place)
    return drawn


def _draw(above: Tree, place: Place) -> None:
    style = "bold cyan" if place.parts else "cyan"
    here = above.add(f"[{style}]{place.name}[/]  {place.purpose}")
    for part in place.parts:
        _draw(here, part)
