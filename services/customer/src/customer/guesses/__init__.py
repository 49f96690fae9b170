"""How often who sees masks may look for somebody in vain."""
