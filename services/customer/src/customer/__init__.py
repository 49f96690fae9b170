"""Who the customer is: profile, holdings, tags, consent, timeline."""
