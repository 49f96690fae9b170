"""Why an attribute may be refused."""

from kit.errors import DomainError


class AttributeDeclaredOtherwise(DomainError):
    """The name is taken by an attribute of another type."""

    def __init__(self, name: str, declared: str, wanted: str) -> None:
        super().__init__(
            f"The attribute {name} is declared as {declared}, not as {wanted}.",
            name=name,
            declared=declared,
        )
