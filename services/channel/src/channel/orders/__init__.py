"""Orders: what customers bought, where, and on whose account."""
