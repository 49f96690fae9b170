"""Which column of a file means what."""

import re
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from channel.identifiers.naming import Scheme
from channel.texts import CODE
from kit.errors import InvalidInput
from kit.units import UNIT_PATH

SAMPLE = datetime(2001, 2, 3)  # noqa: DTZ001  # a calendar date, to try formats with


class Mapped(BaseModel):
    """A part of a mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MappedCustomer(Mapped):
    """Who bought."""

    scheme: Scheme
    column: str = Field(max_length=200, description="The column with the identifier.")
    country_code: str | None = Field(
        None,
        pattern="^[1-9][0-9]{0,2}$",
        description="Of telephone numbers (msisdn): 86, for those that begin with neither + nor "
        "00.",
    )

    @model_validator(mode="after")
    def countries_go_with_telephone_numbers(self) -> Self:
        if self.country_code is not None and self.scheme != "msisdn":
            raise ValueError("country_code goes with the scheme msisdn")
        return self


class MappedDate(Mapped):
    """When it was bought."""

    column: str = Field(max_length=200, description="The column with the date.")
    format: str = Field(
        "%Y-%m-%d", max_length=40, description="How dates are written, as strptime has it."
    )

    @field_validator("format")
    @classmethod
    def tells_the_day(cls, value: str) -> str:
        if not _tells_the_day(value):
            raise ValueError("names year, month and day, such as %Y%m%d")
        return value


class MappedColumn(Mapped):
    """A figure."""

    column: str = Field(max_length=200, description="The column with the figure.")


class PurchaseMapping(Mapped):
    """How the columns of a file of purchases become orders."""

    unit: str = Field(pattern=f"^{UNIT_PATH.pattern}$", description="Where the orders belong.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, such as USD.")
    channel: str = Field(
        pattern=f"^{CODE.pattern}$", description="The code of the channel they were placed on."
    )
    product: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The code of what was bought."
    )
    customer: MappedCustomer = Field(description="Who bought.")
    date: MappedDate = Field(description="When.")
    quantity: MappedColumn = Field(description="How many: a whole number from 1.")
    amount: MappedColumn = Field(description="What all of them cost, such as 29.85.")

    def places(self, columns: list[str]) -> "Places":
        """Where the mapped columns stand in a file with these columns, or InvalidInput."""
        return Places(
            columns=len(columns),
            customer=_place(columns, "customer", self.customer.column),
            date=_place(columns, "date", self.date.column),
            quantity=_place(columns, "quantity", self.quantity.column),
            amount=_place(columns, "amount", self.amount.column),
        )


class Places(Mapped):
    """The mapped columns' places in a record."""

    columns: int
    customer: int
    date: int
    quantity: int
    amount: int


def _tells_the_day(form: str) -> bool:
    try:
        return datetime.strptime(SAMPLE.strftime(form), form) == SAMPLE  # noqa: DTZ007
    except (ValueError, re.error):  # a directive that is unknown, or there twice
        return False


def _place(columns: list[str], field: str, column: str) -> int:
    if columns.count(column) != 1:
        raise InvalidInput(
            f"mapping.{field}.column", f"names {column!r}, which the file has not exactly once"
        )
    return columns.index(column)
