"""Why an operation on groups may be refused."""

from uuid import UUID

from kit.errors import DomainError


class NotAGroup(DomainError):
    """An individual stands where only a group can."""

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(f"Customer {customer_id} is an individual, not a group.")
        self.customer_id = customer_id


class NotAnIndividual(DomainError):
    """A group stands where only an individual can."""

    def __init__(self, customer_id: UUID) -> None:
        super().__init__(
            f"Customer {customer_id} is a group: it can lie below another, and not be a member."
        )
        self.customer_id = customer_id


class GroupsInACircle(DomainError):
    """A group would lie below itself."""

    def __init__(self, group_id: UUID, parent_id: UUID) -> None:
        super().__init__(f"Group {parent_id} is, or lies below, group {group_id}.")


class GroupsTooDeep(DomainError):
    """Too many groups would lie below one another."""

    def __init__(self, deepest: int) -> None:
        super().__init__(f"Groups lie at most {deepest} levels deep.", deepest=deepest)


class TooManyGroups(DomainError):
    """A group has as many below it, or an individual is in as many, as there may be."""

    def __init__(self, customer_id: UUID, most: int) -> None:
        super().__init__(f"Customer {customer_id} has {most} groups, the most there may be.")
        self.most = most
