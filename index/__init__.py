"""From files to a searchable index."""
