"""Why an operation on tags may be refused."""

from kit.errors import DomainError


class TagIsComputed(DomainError):
    """A rule decides who wears it."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"A rule decides who wears {tag}; change the rule.", tag=tag)


class TagsInACircle(DomainError):
    """The rule of a tag reads the tag itself, by way of other tags or not."""

    def __init__(self, circle: list[str]) -> None:
        super().__init__(f"These tags read each other: {', '.join(circle)}.", tags=circle)
