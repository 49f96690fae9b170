"""The tables every service's database has, whatever the service is for."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
_now = func.now()

outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("content", Text, nullable=False),
    Column("trace", Text, nullable=False, server_default=""),
)

inbox_receipt = Table(
    "inbox_receipt",
    metadata,
    Column("reaction", Text, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("inbox_receipt_by_age", "received_at", postgresql_using="brin"),
)

parked_event = Table(
    "parked_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("content", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

first_answer = Table(
    "first_answer",
    metadata,
    Column("operation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("answer", JSONB),
    Column("answered_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("first_answer_by_age", "answered_at", postgresql_using="brin"),
)

schedule_run = Table(
    "schedule_run",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_run_at", DateTime(timezone=True), nullable=False),
)

ANNOUNCE_OUTBOX = (
    "CREATE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_notify('outbox', ''); RETURN NULL; END $$",
    "CREATE TRIGGER announce_outbox AFTER INSERT ON outbox "
    "FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox()",
)
