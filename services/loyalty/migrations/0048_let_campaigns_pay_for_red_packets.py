"""Let campaigns pay for red packets."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

RULES = {
    "red_packet_state": "state IN ('draft', 'funding', 'open', 'emptied', 'ended')",
    "red_packet_commits_when_it_opens": (
        "state IN ('draft', 'funding') OR seed IS NOT NULL AND seed_hash IS NOT NULL "
        "AND opened_at IS NOT NULL AND ends_at > opened_at"
    ),
    "red_packet_of_a_campaign_is_funded": (
        "state = 'draft' OR campaign_code IS NULL OR allotment_id IS NOT NULL"
    ),
    "red_packet_says_what_a_unit_costs": (
        "(allotment_id IS NULL) = (minor_each IS NULL) "
        "AND (minor_each IS NULL) = (money IS NULL) AND minor_each >= 0"
    ),
}


def upgrade() -> None:
    op.add_column("red_packet", sa.Column("allotment_id", sa.Uuid(), nullable=True))
    op.add_column("red_packet", sa.Column("minor_each", sa.BigInteger(), nullable=True))
    op.add_column("red_packet", sa.Column("money", sa.Text(), nullable=True))
    op.add_column("red_packet", sa.Column("unfunded_because", sa.Text(), nullable=True))
    op.create_unique_constraint(None, "red_packet", ["allotment_id"])
    # The programme has paid for these: no campaign has ever set money aside.
    op.execute("UPDATE red_packet SET campaign_code = NULL WHERE state <> 'draft'")
    op.drop_constraint("red_packet_state", "red_packet")
    op.drop_constraint("red_packet_commits_when_it_opens", "red_packet")
    for name, rule in RULES.items():
        op.create_check_constraint(name, "red_packet", rule)
