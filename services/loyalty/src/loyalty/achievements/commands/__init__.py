"""Everything that changes achievements, how far members are, and what they reached."""
