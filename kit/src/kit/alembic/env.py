"""Run by Alembic: migrate over the connection that was handed in."""

from alembic import context
from alembic.operations.ops import CreateTableOp, ExecuteSQLOp, MigrationScript, UpgradeOps

from kit.tables import ANNOUNCE_OUTBOX


def announce_a_new_outbox(
    _context: object, _revision: object, directives: list[MigrationScript]
) -> None:
    """A new outbox tells the relay of each insert: autogenerate knows nothing of triggers."""
    upgrade = directives[0].upgrade_ops
    if isinstance(upgrade, UpgradeOps) and any(
        isinstance(each, CreateTableOp) and each.table_name == "outbox" for each in upgrade.ops
    ):
        upgrade.ops.extend(ExecuteSQLOp(statement) for statement in ANNOUNCE_OUTBOX)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("target_metadata"),
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
    process_revision_directives=announce_a_new_outbox,
)
with context.begin_transaction():
    context.run_migrations()
