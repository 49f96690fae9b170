"""For tests: a service on a real database, reached through its public doors."""
