"""How a customer is named in what others send: by our id, or by an identifier of theirs."""

import re
import unicodedata
from typing import Annotated, Any, NamedTuple, TypeAlias
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

SEPARATORS = str.maketrans("", "", " -.()/\u00a0")
MSISDN = re.compile(r"\+[1-9][0-9]{5,14}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

Scheme = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$"),
    Field(description="The kind of identifier: msisdn, email, openid, crm.", examples=["msisdn"]),
]
Value = Annotated[
    str,
    StringConstraints(min_length=1, max_length=254),
    Field(description="The identifier itself.", examples=["+8613800000001"]),
]


class Identifier(NamedTuple):
    """A name of a customer: unique by scheme and value."""

    scheme: str
    value: str


def normalised(scheme: str, value: str) -> str:
    """The value as the customer service compares it; ValueError says what was expected.

    msisdn: separators go, 00 becomes +, and + comes first. email: lower case. Others: trimmed.
    Letters that Unicode writes in two ways are composed (NFC) in all of them.
    """
    value = unicodedata.normalize("NFC", value).strip()
    if scheme == "msisdn":
        value = "+" + value.translate(SEPARATORS).removeprefix("+").removeprefix("00")
        if not MSISDN.fullmatch(value):
            raise ValueError("is not a telephone number of 6 to 15 digits with its country code")
    if scheme == "email":
        value = unicodedata.normalize("NFC", value.lower())
        if not EMAIL.fullmatch(value):
            raise ValueError("is not an e-mail address")
    if not value or not value.isprintable():
        raise ValueError("is not a text of printable characters")
    return value


def from_abroad(number: str, country_code: str | None) -> str:
    """A number as one dials it from abroad; with + or 00 in front it is written so already."""
    plain = number.translate(SEPARATORS)
    if country_code is None or plain.startswith(("+", "00")):
        return number
    return f"+{country_code}{plain.removeprefix('0')}"


class CustomerByIdentifier(BaseModel):
    """A customer by an identifier; somebody unknown gets an id at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scheme: Scheme
    value: Value

    @model_validator(mode="before")
    @classmethod
    def normalise(cls, sent: Any) -> Any:
        """As the customer service compares it, so that one name means one person."""
        if isinstance(sent, dict) and {type(sent.get(key)) for key in ("scheme", "value")} == {str}:
            return {**sent, "value": normalised(sent["scheme"], sent["value"])}
        return sent

    @property
    def identifier(self) -> Identifier:
        return Identifier(self.scheme, self.value)


class CustomerById(BaseModel):
    """A customer by the platform's id, which must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID = Field(description="The customer's id on this platform.")


def _form(value: Any) -> str:
    """Which of the two forms was sent."""
    named = value.keys() if isinstance(value, dict) else type(value).model_fields
    return "by_id" if "id" in named else "by_identifier"


CustomerMeant: TypeAlias = Annotated[
    Annotated[CustomerByIdentifier, Tag("by_identifier")] | Annotated[CustomerById, Tag("by_id")],
    Discriminator(_form),
]
