"""A simulated study with known truth."""
