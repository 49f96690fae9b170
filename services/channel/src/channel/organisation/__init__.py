"""Organisation: the tree of units that everything is limited to."""
