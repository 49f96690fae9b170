"""Value: what a member is worth, by what they buy, whom they bring, and where they take part."""
