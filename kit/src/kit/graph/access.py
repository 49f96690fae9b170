"""Who may use a field: said once, enforced and described in the same place."""

from collections.abc import Callable
from typing import Any

from strawberry.extensions.field_extension import FieldExtension
from strawberry.types.field import StrawberryField

from kit.graph.context import Info


class Roles(FieldExtension):
    """Lets the named roles in, and says so in the field's description.

    Anyone else gets null and an error with the code FORBIDDEN, without a token UNAUTHENTICATED. The
    field must be nullable, so that who may not see it still gets what lies around it.
    """

    def __init__(self, *roles: str, scope: str | None = None, of_all_units: bool = False) -> None:
        self.roles = roles
        self.scope = scope
        self.of_all_units = of_all_units

    def apply(self, field: StrawberryField) -> None:
        said = f"Roles: {', '.join(self.roles)}."
        if self.scope:
            said += f" Scope: {self.scope}."
        if self.of_all_units:
            said += " Unit: that of the whole organisation."
        field.description = f"{field.description}\n\n{said}" if field.description else said

    def check(self, info: Info) -> None:
        caller = info.context.caller
        caller.require_role(*self.roles)
        if self.scope and "scope" in caller.claims:
            caller.require_scope(self.scope)
        if self.of_all_units:
            caller.require_whole_organisation()

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        self.check(info)
        return next_(source, info, **kwargs)

    def resolve_async(
        self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """What is to be awaited."""
        self.check(info)
        return next_(source, info, **kwargs)
