"""Budget: money for a campaign, never overspent however many decide at once."""
