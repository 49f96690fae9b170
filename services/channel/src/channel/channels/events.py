"""What the platform learns about channels."""

from typing import ClassVar

from kit.events import Event


class ChannelOpened(Event):
    """A channel is open from now on."""

    subject: ClassVar[str] = "octoreach.channel.channel.opened.v1"
    about: ClassVar[str] = "code"

    code: str
    kind: str
    name: str
    unit: str
    partner_code: str | None
