"""Holdings: the products a customer has, kept by orders."""
