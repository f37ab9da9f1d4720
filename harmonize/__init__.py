"""Floor 1: everything that changes data, from image-domain steps to feature-domain harmonization."""
