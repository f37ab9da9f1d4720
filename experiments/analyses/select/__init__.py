"""A whitelist of robust features from a reliability table."""
