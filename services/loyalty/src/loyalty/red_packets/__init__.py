"""Red packets: a fixed sum in parts, for whoever is quick; every part and the sum exact."""
