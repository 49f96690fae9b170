"""What the customer gets: points, tiers, benefits."""
