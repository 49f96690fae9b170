"""GraphQL over HTTP: what comes in, what goes out, and what browsers are allowed."""
