"""Facts: what decisions know of customers and channels, kept from what others report."""
