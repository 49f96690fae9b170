"""Fulfilments: what is owed to customers and handed out by the arms, from asking for it to its end."""
