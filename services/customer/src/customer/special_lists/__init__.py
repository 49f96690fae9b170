"""Special lists: customers who are not to be treated like the others."""
