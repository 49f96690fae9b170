"""The manual: a page on which partners read and try the API, without the internet."""
