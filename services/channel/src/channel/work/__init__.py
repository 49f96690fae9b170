"""Work: tasks in the inboxes of channels, claimed, answered, and given back."""
