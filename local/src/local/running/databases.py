"""The databases of the services: on our own server, or on one that was given."""

from local import psql
from local.folder import Folder
from local.ports import HOST
from local.postgres import PostgresServer
from local.problems import Problem
from local.running.plan import SERVICES, Plan


def postgres_server(folder: Folder, plan: Plan) -> PostgresServer:
    return PostgresServer(
        folder.postgres,
        port=plan.ports["postgres"],
        password=folder.database_password(),
        log=folder.log("postgres"),
    )


def database_url(folder: Folder, plan: Plan, service: str) -> str:
    """Given from outside, or on our own server: a role that owns this one database."""
    given = plan.databases.get(service)
    password, port = folder.database_password(), plan.ports["postgres"]
    return given or f"postgresql://{service}:{password}@{HOST}:{port}/{service}"


def create_databases(folder: Folder, plan: Plan) -> None:
    """A role and a database per service, where they are missing."""
    if plan.databases:
        for service, url in plan.databases.items():
            _create_given_database(service, url)
        return
    server = postgres_server(folder, plan)
    existing = server.ask("SELECT datname FROM pg_database").split()
    for service in SERVICES:
        if service not in existing:
            server.ask(f"CREATE ROLE {service} LOGIN PASSWORD '{folder.database_password()}'")
            server.ask(f"CREATE DATABASE {service} OWNER {service}")
            server.ask(f"REVOKE CONNECT ON DATABASE {service} FROM PUBLIC")


def _create_given_database(service: str, url: str) -> None:
    server, _, name = url.partition("?")[0].rpartition("/")
    try:
        psql.ask(url, "SELECT 1")
    except Problem:
        psql.ask(f"{server}/postgres", f"CREATE DATABASE {psql.identifier(name)}")
