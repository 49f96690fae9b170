"""The brain: plan, decide, evaluate."""
