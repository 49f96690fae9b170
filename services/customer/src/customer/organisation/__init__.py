"""Organisation: which units there are, as the channel service reports them."""
