"""Members: what earning and rewards know of a customer."""
