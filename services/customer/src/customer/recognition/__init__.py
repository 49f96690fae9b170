"""Recognition: who is meant by an identifier, and what follows when two records claim one."""
