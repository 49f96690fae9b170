"""What a service holds about people: listed by table, shown to them whole, gone when they ask."""
