"""The tables every service's database has, whatever the service is for."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
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
    text,
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
    Column("personal", Boolean, nullable=False, server_default=text("false")),
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
    Column("about", Uuid),
    Index("first_answer_by_age", "answered_at", postgresql_using="brin"),
    Index("first_answer_about", "about", postgresql_where=text("about IS NOT NULL")),
)

schedule_run = Table(
    "schedule_run",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last_run_at", DateTime(timezone=True), nullable=False),
)

merger = Table(
    "merger",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("survivor_id", Uuid, nullable=False),
    Column("absorbed_id", Uuid, nullable=False),
    Column("merged_at", DateTime(timezone=True), nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    CheckConstraint("survivor_id <> absorbed_id", name="a_merger_is_of_two"),
    Index(
        "merger_that_stands", "absorbed_id", unique=True, postgresql_where=text("undone_at IS NULL")
    ),
    Index("merger_by_survivor", "survivor_id", postgresql_where=text("undone_at IS NULL")),
    Index("merger_by_age", "merged_at"),
)

alias = Table(
    "alias",
    metadata,
    Column("old_id", Uuid, primary_key=True),
    Column("current_id", Uuid, nullable=False, index=True),
)

moved_row = Table(
    "moved_row",
    metadata,
    Column("place", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("origin_id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("aside", JSONB(none_as_null=True)),
    Index("moved_row_by_owner", "owner_id", "place"),
)

erased_person = Table(
    "erased_person",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=_now),
)

erasure = Table(
    "erasure",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("ids", ARRAY(Uuid), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("noticed_at", DateTime(timezone=True)),
    Column("confirmed_at", DateTime(timezone=True)),
    Index("erasure_to_confirm", "request_id", postgresql_where=text("confirmed_at IS NULL")),
)

personal_message = Table(
    "personal_message",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("about", Uuid, nullable=False, index=True),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=_now),
    Index("personal_message_by_age", "published_at", postgresql_using="brin"),
)

RELAY_AWAKE = 0x0C70_0B0D
"""The advisory lock a relay holds while it looks into the outbox unasked."""

# Commits that notify wait for one another, each for the other's disk write: so nobody notifies a
# relay that is awake.
ANNOUNCE_OUTBOX = (
    "CREATE OR REPLACE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF pg_try_advisory_lock_shared({RELAY_AWAKE}) THEN "
    f"PERFORM pg_advisory_unlock_shared({RELAY_AWAKE}); PERFORM pg_notify('outbox', ''); "
    "END IF; RETURN NULL; END $$",
    "CREATE TRIGGER announce_outbox AFTER INSERT ON outbox "
    "FOR EACH STATEMENT EXECUTE FUNCTION announce_outbox()",
)
