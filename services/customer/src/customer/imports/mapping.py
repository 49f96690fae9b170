"""Mappings: which column of a file says what about a customer."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from customer.attributes.models import AttributeType, is_personal_by_itself
from customer.identifiers.models import COUNTRY_CODE
from customer.memberships.models import GroupRole
from customer.profiles.commands import DEFAULT_TIME_ZONE
from customer.profiles.facts import CustomerKind, CustomerStatus

MOST_ATTRIBUTES: Final = 1_000
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(max_length=500, pattern=PRINTABLE)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]
Column = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE),
    Field(description="As the header has it."),
]
CountryCode = Annotated[
    str | None,
    Field(
        pattern=f"^{COUNTRY_CODE.pattern}$",
        description="Of telephone numbers: 86, for those that begin with neither + nor 00.",
    ),
]
When = Annotated[list[Text], Field(min_length=1, max_length=50)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MappedIdentifier(_Part):
    """By what the customer of a line is recognised; a blank is skipped."""

    scheme: str = Field(description="msisdn, email, openid, crm or another short code.")
    column: Column
    country_code: CountryCode = None


class MappedColumn(_Part):
    """A column that says it in so many words."""

    column: Column


class MappedStatus(_Part):
    """Where the customer of a line stands."""

    column: Column
    values: dict[Text, CustomerStatus] = Field(min_length=1, description="Text to status.")


class MappedAttribute(_Part):
    """A column that is an attribute; declared by this where it is not."""

    name: str = Field(description="As it is declared: a-z, 0-9 and _.")
    column: Column
    type: AttributeType = Field(description="text, whole, decimal, boolean or date.")
    format: str | None = Field(
        None,
        min_length=2,
        max_length=40,
        description="How dates are written, as strptime has it, such as %d/%m/%Y; for dates only.",
    )
    blank: Literal["skip", "reject"] = Field("skip", description="What a blank means.")
    values: dict[Text, Text] | None = Field(
        None, description="Text to value; a line with another text is refused."
    )
    personal: bool | None = Field(
        None,
        description="Whether an attribute that is declared by this is personal; null: a text or a "
        "date is, unless `values` lists all there can be.",
    )

    def is_personal(self) -> bool:
        if self.personal is not None:
            return self.personal
        return self.values is None and is_personal_by_itself(self.type)


class MappedHolding(_Part):
    """Somebody has the product while the column says so, and has it no more when it does not."""

    product: Code = Field(description="The product's code.")
    column: Column
    when: When = Field(description="The texts that say yes.")


class MappedTag(_Part):
    """Somebody wears the tag while the column says so."""

    tag: str = Field(description="The tag's code.")
    column: Column
    when: When = Field(description="The texts that say yes.")


class MappedConsent(_Part):
    """With a column: granted when its text is listed, else no. Without: the same for all lines."""

    purpose: str = Field(description="What for, such as marketing.")
    channel_kind: str | None = Field(None, description="Which channels, such as sms; null: all.")
    granted: bool = Field(True, description="Whether a listed text is a yes; false: it is a no.")
    column: Column | None = Field(None, description="As the header has it; null: for all lines.")
    when: When | None = Field(None, description="The texts that count; they go with a column.")


class MappedReference(_Part):
    """A column that names a group by an identifier; the group comes before whom it is named by."""

    scheme: str | None = Field(None, description="Null: the text says it, such as crm:G-1.")
    column: Column
    country_code: CountryCode = None


class MappedMembership(MappedReference):
    """The individual of the line belongs to the group; a blank says nothing."""

    role: GroupRole = Field(GroupRole.MEMBER, description="As what they belong to it.")


class MappedLists(_Part):
    """Columns that hold a whole list as JSON, as an export writes them; what they omit stays."""

    identifiers: Column | None = Field(None, description="With scheme, value, verified_at.")
    tags: Column | None = Field(None, description="With tag, source, expires_at.")
    holdings: Column | None = Field(
        None, description="With product_code, since, until, source, order_id."
    )
    consents: Column | None = Field(None, description="With purpose, channel_kind, granted, since.")
    special_lists: Column | None = Field(None, description="With list, reason, since, until.")
    memberships: Column | None = Field(
        None, description="Of individuals: groups they belong to, by identifier, with role."
    )

    def columns(self) -> dict[str, str]:
        return {name: column for name, column in self if column is not None}


class Mapping(_Part):
    """What an import makes of each line, and what an export writes into it."""

    unit: str = Field(description="Where newcomers belong, unless `unit_column` says.")
    unit_column: Column | None = Field(None, description="A unit in `unit`; blank: `unit` itself.")
    kind_column: Column | None = Field(None, description="individual, group, or blank.")
    time_zone_column: Column | None = Field(None, description="Such as Asia/Shanghai, or blank.")
    kind: CustomerKind = Field(
        CustomerKind.INDIVIDUAL, description="What newcomers are, unless `kind_column` says."
    )
    time_zone: str = Field(
        DEFAULT_TIME_ZONE, description="Where newcomers live, unless `time_zone_column` says."
    )
    identifiers: list[MappedIdentifier] = Field(
        default_factory=list, max_length=8, description="At least one, or a list of them."
    )
    name: MappedColumn | None = Field(None, description="What they are called.")
    status: MappedStatus | None = Field(None, description="Where they stand with us.")
    attributes: list[MappedAttribute] = Field(
        default_factory=list, max_length=MOST_ATTRIBUTES, description="What else is known of them."
    )
    holdings: list[MappedHolding] = Field(
        default_factory=list, max_length=100, description="Which products they have."
    )
    tags: list[MappedTag] = Field(
        default_factory=list, max_length=100, description="How they are marked."
    )
    consents: list[MappedConsent] = Field(
        default_factory=list, max_length=20, description="What they said yes and no to."
    )
    group_class: MappedColumn | None = Field(None, description="Of groups: A, B, C or blank.")
    account_manager: MappedColumn | None = Field(None, description="Of groups: a subject.")
    parent: MappedReference | None = Field(
        None,
        description="Of groups: below which they lie; one that would lie below itself is refused.",
    )
    member_of: list[MappedMembership] = Field(
        default_factory=list, max_length=5, description="Of individuals: groups they belong to."
    )
    lists: MappedLists = Field(
        default_factory=MappedLists, description="Columns that hold a whole list as JSON."
    )

    @property
    def refers(self) -> bool:
        """Whether lines name groups that come before them."""
        return bool(self.parent or self.member_of or self.lists.memberships)

    @property
    def declared(self) -> dict[str, AttributeType]:
        return {each.name: each.type for each in self.attributes}

    @property
    def personal(self) -> dict[str, bool]:
        return {each.name: each.is_personal() for each in self.attributes}
