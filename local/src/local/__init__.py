"""The whole platform on one machine: PostgreSQL, NATS, services, gateway, demo data."""
