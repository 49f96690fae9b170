"""The platform as running programs: planned, started, kept alive, stopped."""
