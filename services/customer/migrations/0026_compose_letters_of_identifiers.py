"""Compose letters of identifiers."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COMPOSE = (
    "CREATE TEMPORARY TABLE composed ON COMMIT DROP AS "
    "SELECT scheme, value, normalize(value) AS plain, customer_id FROM identifier "
    "WHERE value IS NOT NFC NORMALIZED",
    "INSERT INTO composed SELECT identifier.scheme, identifier.value, identifier.value, "
    "identifier.customer_id FROM identifier "
    "JOIN (SELECT DISTINCT scheme, plain FROM composed) AS odd "
    "ON identifier.scheme = odd.scheme AND identifier.value = odd.plain",
    # Who went by two ways of writing one identifier may be one person: somebody is to look.
    "INSERT INTO merge_candidate "
    "(id, created_at, one_id, other_id, one_unit, other_unit, scheme, why, state) "
    "SELECT DISTINCT ON (one.id, other.id) uuidv7(), now(), one.id, other.id, one.unit, "
    "other.unit, left_one.scheme, 'Both go by the same ' || left_one.scheme || ', written in two "
    "ways.', 'open' FROM composed AS left_one JOIN composed AS right_one "
    "ON left_one.scheme = right_one.scheme AND left_one.plain = right_one.plain "
    "AND left_one.customer_id < right_one.customer_id "
    "JOIN customer AS one ON one.id = left_one.customer_id "
    "JOIN customer AS other ON other.id = right_one.customer_id "
    "ORDER BY one.id, other.id ON CONFLICT DO NOTHING",
    # One of each remains: who has the composed form, else one; the others stay as written.
    "DELETE FROM composed USING (SELECT scheme, value, row_number() OVER "
    "(PARTITION BY scheme, plain ORDER BY value = plain DESC, value) AS place FROM composed) AS c "
    "WHERE composed.scheme = c.scheme AND composed.value = c.value "
    "AND (c.place > 1 OR composed.value = composed.plain)",
    "UPDATE customer SET identifiers = (SELECT jsonb_agg("
    "CASE WHEN composed.plain IS NULL THEN fact.told "
    "ELSE jsonb_set(fact.told, '{value}', to_jsonb(composed.plain)) END ORDER BY fact.place) "
    "FROM jsonb_array_elements(customer.identifiers) WITH ORDINALITY AS fact (told, place) "
    "LEFT JOIN composed ON composed.customer_id = customer.id "
    "AND composed.scheme = fact.told->>'scheme' AND composed.value = fact.told->>'value') "
    "WHERE id IN (SELECT customer_id FROM composed)",
    "UPDATE identifier SET value = composed.plain FROM composed "
    "WHERE identifier.scheme = composed.scheme AND identifier.value = composed.value",
    "DROP TABLE composed",
)


def upgrade() -> None:
    for statement in COMPOSE:
        op.execute(statement)
