"""What the platform learns about the organisation."""

from typing import ClassVar

from kit.events import Event


class UnitRegistered(Event):
    """A unit is in the tree, or has another name."""

    subject: ClassVar[str] = "octoreach.channel.unit.registered.v1"
    about: ClassVar[str] = "code"

    code: str
    name: str
