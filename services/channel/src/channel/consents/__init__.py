"""Consents: by which kinds of channel a customer is not to be reached, as last reported."""
