"""Who is who: what the customer service reports, and the names we gave ourselves.

A customer's identifiers are kept per customer, so that of two customers who were reported with the
same identifier the one reported last has it, and gives it back when it goes.
"""

from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid

from channel.entity import Entity

known_customer = Table(
    "known_customer",
    Entity.metadata,
    Column("customer_id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("unit", Text, nullable=False),
)

customer_identifier = Table(
    "customer_identifier",
    Entity.metadata,
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Index("customer_identifier_by_customer", "customer_id"),
)

named_customer = Table(
    "named_customer",
    Entity.metadata,
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("customer_id", Uuid, nullable=False, unique=True),
    Column("named_at", DateTime(timezone=True), nullable=False),
)
