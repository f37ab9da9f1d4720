"""A threshold of robustness swept against diagnostic performance."""
