"""Accesses: who saw whose personal data, when and why; and who sees it whole at all."""
