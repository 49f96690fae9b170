"""Partners: who sells for commission, from application to termination."""
