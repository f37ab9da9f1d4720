"""A scan in memory: its voxels and ROIs on a grid, and what can be said of them."""
