"""Search: customers by an identifier, the beginning of a name, or a part of a telephone number."""
