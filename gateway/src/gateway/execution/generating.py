"""Python made for one selection: the projection of objects that many requests have in common."""

from __future__ import annotations

from typing import Any

from gateway.execution.completing import ObjectAnswer
from gateway.supergraph.field_sets import TYPENAME


def generate(answer: ObjectAnswer) -> None:
    """Replace the projection by straight code; whatever is unusual goes the slow way.

    The code holds nothing of a document but response keys and field names, as string literals.
    """
    if answer.type_name is None:
        return
    scope: dict[str, Any] = {"accepted": answer.accepted, "slowly": answer.project_slowly}
    for number, field in enumerate(answer.fields):
        scope[f"complete{number}"] = field.complete
    exec(_source(answer), scope)  # noqa: S102
    answer.project = scope["project"]


def _source(answer: ObjectAnswer) -> str:
    fields = [(f"v{n}", n, f) for n, f in enumerate(answer.fields) if f.key != TYPENAME]
    types = "".join(f"type({name}), " for name, _, _ in fields)
    lines = [
        "def project(value, answering):",
        "    if type(value) is not dict:",
        SLOWLY,
        "    try:",
    ]
    lines += [f"        {name} = value[{field.key!r}]" for name, _, field in fields] or [NOTHING]
    lines += ["    except KeyError:", SLOWLY, f"    if ({types}) not in accepted:", SLOWLY]
    for name, number, field in fields:
        if not field.exact:
            lines.append(f"    if {name} is not None:")
            lines.append(f"        {name} = complete{number}({name}, answering)")
    shown = (
        f"{f.response_key!r}: {repr(answer.type_name) if f.key == TYPENAME else f'v{n}'}"
        for n, f in enumerate(answer.fields)
    )
    return "\n".join([*lines, f"    return {{{', '.join(shown)}}}"])


SLOWLY = "        return slowly(value, answering)"
NOTHING = "        pass"
