"""How the tills of partners and of our own stores use vouchers."""
