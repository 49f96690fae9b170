"""Schemes and values, as they are compared, stored and shown."""

import hashlib
import re
import unicodedata
from typing import Final
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlmodel import Field

from customer.entity import Table
from kit.errors import InvalidInput

LONGEST_VALUE: Final = 254
SCHEME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
SEPARATORS: Final = str.maketrans("", "", " -.()/\u00a0")
MSISDN: Final = re.compile(r"\+[1-9][0-9]{5,14}")
COUNTRY_CODE: Final = re.compile(r"[1-9][0-9]{0,2}")
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


class Identifier(Table, table=True):
    """One identifier and whose it is."""

    __tablename__ = "identifier"
    __table_args__ = (
        Index("identifier_by_customer", "customer_id"),
        Index(
            "identifier_by_fragment",
            "value",
            postgresql_using="gin",
            postgresql_ops={"value": "gin_trgm_ops"},
            postgresql_where=text("scheme = 'msisdn'"),
        ),
    )

    scheme: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(primary_key=True, sa_type=Text)
    customer_id: UUID = Field(foreign_key="customer.id")


def checked_scheme(scheme: str, field: str = "scheme") -> str:
    if not SCHEME.fullmatch(scheme):
        raise InvalidInput(field, "is msisdn, email, openid, crm or another short code")
    return scheme


def normalised(scheme: str, value: str) -> str:
    """The value as it is compared and stored; ValueError says what was expected.

    msisdn: separators go, 00 becomes +, and + comes first. email: lower case. Others: trimmed.
    Letters that Unicode writes in two ways are composed (NFC) in all of them.
    """
    value = unicodedata.normalize("NFC", value).strip()
    if scheme == "msisdn":
        return _msisdn(value)
    if scheme == "email":
        value = unicodedata.normalize("NFC", value.lower())
        if not EMAIL.fullmatch(value):
            raise ValueError("is not an e-mail address")
    if not 0 < len(value) <= LONGEST_VALUE or not value.isprintable():
        raise ValueError(f"is not a text of 1 to {LONGEST_VALUE} printable characters")
    return value


def as_kept(scheme: str, value: str) -> tuple[str, str]:
    """What nobody can normalise is kept as it was said."""
    try:
        return scheme, normalised(scheme, value)
    except ValueError:
        return scheme, value


def _msisdn(value: str) -> str:
    value = value.translate(SEPARATORS)
    value = "+" + value.removeprefix("+").removeprefix("00")
    if not MSISDN.fullmatch(value):
        raise ValueError("is not a telephone number of 6 to 15 digits with its country code")
    return value


def from_abroad(number: str, country_code: str | None) -> str:
    """A number as one dials it from abroad; with + or 00 in front it is written so already."""
    plain = number.translate(SEPARATORS)
    if country_code is None or plain.startswith(("+", "00")):
        return number
    return f"+{country_code}{plain.removeprefix('0')}"


def masked(scheme: str, value: str) -> str:
    """Enough to recognise, too little to call: 138****5678, j***@x.y."""
    if scheme == "msisdn":
        digits = value.removeprefix("+86") if len(value) == len("+8613812345678") else value[1:]
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else f"****{digits[-2:]}"
    if scheme == "email":
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    return f"{value[:2]}****{value[-2:]}" if len(value) >= 8 else f"{value[:1]}****"


def masked_name(name: str) -> str:
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3)


def sampling_key(scheme: str, value: str) -> str:
    """Where a customer falls in every draw: the same wherever the same data are loaded."""
    return hashlib.blake2b(f"{scheme}:{value}".encode(), digest_size=8).hexdigest()
