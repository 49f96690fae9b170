"""Files into the platform: any columns by a mapping, resumable, with what was rejected and why."""
