"""Python made for one selection: the projection of objects that many requests have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gateway.execution.completing import AnswerField, ObjectAnswer, Unfit
from gateway.supergraph.field_sets import TYPENAME

MOST_INLINE: Final = 12
SLOWLY: Final = "        return slowly(value, answering)"


def generate(answer: ObjectAnswer) -> None:
    """Replace the projection by straight code; whatever is unusual goes the slow way.

    The code holds nothing of a document but response keys and field names, as string literals.
    """
    if answer.type_name is None:
        return
    scope: dict[str, Any] = {"slowly": answer.project_slowly, "Unfit": Unfit}
    for number, field in enumerate(answer.fields):
        scope[f"complete{number}"] = field.complete
        if (nested := _generated(field)) is not None:
            scope[f"project{number}"] = nested.project
    exec("\n".join(_source(answer)), scope)  # noqa: S102
    answer.project = scope["project"]
    answer.is_generated = True


def _generated(field: AnswerField) -> ObjectAnswer | None:
    """How the field's objects are answered, if there is code for them already."""
    answer = field.nested.one.answer if field.nested is not None else None
    return answer if answer is not None and answer.is_generated else None


def _source(answer: ObjectAnswer) -> Iterator[str]:
    fields = [(f"v{n}", n, f) for n, f in enumerate(answer.fields) if f.key != TYPENAME]
    yield "def project(value, answering):"
    yield "    if type(value) is not dict:"
    yield SLOWLY
    if fields:
        yield "    try:"
        yield from (f"        {name} = value[{field.key!r}]" for name, _, field in fields)
        yield "    except KeyError:"
        yield SLOWLY
    fitting = [test for name, _, field in fields if (test := _fits(name, name, field))]
    if fitting:
        yield f"    if not ({' and '.join(fitting)}):"
        yield SLOWLY
    for name, number, field in fields:
        if not field.exact:
            yield f"    if {name} is not None:"
            yield from (f"        {line}" for line in _completion(name, number, field))
    yield f"    return {_display(answer, 'v')}"


def _fits(name: str, first: str, field: AnswerField) -> str:
    """The test that a value needs no completion; `first` is how the name is first written."""
    if not field.exact:
        return "" if field.nullable else f"{name} is not None"
    types = sorted(type_.__name__ for type_ in field.exact)
    tests = [f"type({first if n == 0 else name}) is {type_}" for n, type_ in enumerate(types)]
    if field.nullable:
        tests.append(f"{name} is None")
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"


def _display(answer: ObjectAnswer, prefix: str) -> str:
    shown = (
        f"{f.response_key!r}: {repr(answer.type_name) if f.key == TYPENAME else f'{prefix}{n}'}"
        for n, f in enumerate(answer.fields)
    )
    return f"{{{', '.join(shown)}}}"


def _completion(name: str, number: int, field: AnswerField) -> Iterator[str]:
    """Objects whose code is known are answered without going through `complete`."""
    by_complete = f"{name} = complete{number}({name}, answering)"
    nested = _generated(field)
    if field.nested is None or nested is None:
        yield by_complete
    elif field.nested.in_list:
        each = _each(nested, "each", f"{name}_", f"project{number}(each, answering)")
        yield f"if type({name}) is not list or len({name}) > answering.left:"
        yield f"    {by_complete}"
        yield "else:"
        yield f"    answering.left -= len({name})"
        direct = f"{name} = [{each} for each in {name}]"
        yield from (f"    {line}" for line in _guarded(name, direct, by_complete, field))
    else:
        direct = _each(nested, name, f"{name}_", f"project{number}({name}, answering)")
        yield from _guarded(name, f"{name} = {direct}", by_complete, field)


def _each(nested: ObjectAnswer, value: str, prefix: str, otherwise: str) -> str:
    """An object's answer as an expression: on the spot where it holds plain values only."""
    if not 0 < len(nested.fields) <= MOST_INLINE or not all(f.exact for f in nested.fields):
        return otherwise
    tests = (
        _fits(f"{prefix}{n}", f"{prefix}{n} := {value}[{f.key!r}]", f)
        for n, f in enumerate(nested.fields)
    )
    return f"{_display(nested, prefix)} if {' and '.join(tests)} else {otherwise}"


def _guarded(name: str, direct: str, by_complete: str, field: AnswerField) -> Iterator[str]:
    yield "try:"
    yield f"    {direct}"
    yield "except (KeyError, TypeError):"
    yield f"    {by_complete}"
    if field.nullable:
        yield "except Unfit:"
        yield f"    {name} = None"
