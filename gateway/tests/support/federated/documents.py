"""Documents made at random for a schema: fragments, aliases, arguments, conditions, __typename."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from re import escape, findall
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

VARIABLES = {"yes": True, "no": False, "n": 7, "s": "some"}
DEFINITIONS = '($yes: Boolean!, $no: Boolean! = false, $n: Int, $s: String = "default")'


@dataclass
class Writer:
    schema: GraphQLSchema
    random: Random
    conditional: bool = True
    left: int = 40
    fragments: list[str] = field(default_factory=list)

    def document(self) -> str:
        assert self.schema.query_type is not None
        body = self._selection(self.schema.query_type, 0)
        used = ["$yes", "$no", "$n", "$s"]
        touch = "probe: __typename @include(if: $yes) probe: __typename @skip(if: $no)"
        text = f"query Made{DEFINITIONS} {{ {touch} {body} }} {' '.join(self.fragments)}"
        unused = [n for n in used if len(findall(rf"{escape(n)}\b", text)) < 2]
        for name in unused:
            text = text.replace(_definition(name), "")
        return text

    def _selection(self, type_: Any, depth: int) -> str:
        parts: list[str] = []
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            names = sorted(type_.fields)
            chosen = self.random.sample(names, min(len(names), self.random.randint(1, 5)))
            parts += [text for name in chosen if (text := self._field(type_, name, depth))]
        for possible in self._narrower(type_):
            if self.random.random() < 0.6:
                parts.append(self._fragment(possible, depth))
        if self.random.random() < 0.3 or not parts:
            parts.append("__typename")
        self.random.shuffle(parts)
        return " ".join(parts)

    def _narrower(self, type_: Any) -> list[Any]:
        if isinstance(type_, GraphQLObjectType):
            return [type_] if self.random.random() < 0.15 else []
        return sorted(self.schema.get_possible_types(type_), key=lambda t: t.name)

    def _fragment(self, type_: Any, depth: int) -> str:
        condition = self._condition()
        body = self._selection(type_, depth + 1)
        if self.random.random() < 0.3:
            name = f"Part{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {type_.name} {{ {body} }}")
            return f"...{name}{condition}"
        return f"... on {type_.name}{condition} {{ {body} }}"

    def _condition(self) -> str:
        if not self.conditional or self.random.random() < 0.85:
            return ""
        return self.random.choice([" @include(if: $yes)", " @skip(if: $no)", " @skip(if: $yes)"])

    def _field(self, type_: Any, name: str, depth: int) -> str:
        declared: GraphQLField = type_.fields[name]
        named = get_named_type(declared.type)
        below = ""
        if is_composite_type(named):
            if depth > 4 or self.left <= 0:
                return ""
            self.left -= 1
            below = f" {{ {self._selection(named, depth + 1)} }}"
        arguments = self._arguments(declared)
        # One response key, one meaning: the alias tells the arguments and the type apart.
        alias = ""
        if arguments or below or self.random.random() < 0.2:
            alias = f"r{self.random.randrange(10**9)}: "
        return f"{alias}{name}{arguments}{self._condition()}{below}"

    def _arguments(self, declared: GraphQLField) -> str:
        if not declared.args or self.random.random() < 0.3:
            return ""
        values = {"n": ["1", "$n"], "s": ['"x"', "$s"], "of": ["2"]}
        given = [f"{name}: {self.random.choice(values[name])}" for name in declared.args]
        return f"({', '.join(given)})"


def _definition(variable: str) -> str:
    return {
        "$yes": "$yes: Boolean!, ",
        "$no": "$no: Boolean! = false, ",
        "$n": "$n: Int, ",
        "$s": ', $s: String = "default"',
    }[variable]


def make_document(schema: GraphQLSchema, seed: int, *, conditional: bool = True) -> str:
    return Writer(schema, Random(seed), conditional).document()
