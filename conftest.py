"""Import the packages that share their name with a folder here, before pytest takes the folder for them."""

import gateway
import kit
import local

__all__ = ["gateway", "kit", "local"]
