"""Groups: what weighs how much, who looks after it, what lies below what, and who belongs to it."""
