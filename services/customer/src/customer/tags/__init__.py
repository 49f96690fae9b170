"""Tags: short marks on a customer, each with its source and, if need be, an end."""
