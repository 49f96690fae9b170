"""Everything that changes leaderboards, scores, and who won."""
