"""Statistics of agreement between conditions, for all features at once."""
