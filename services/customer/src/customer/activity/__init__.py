"""Activity: how often and for how much each customer did what, by day, so that rules can count."""
