"""What every service needs and no service owns: no word of the domain in here."""
