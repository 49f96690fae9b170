"""GraphQL, the way every service speaks it."""
