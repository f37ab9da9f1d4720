"""Floor 2: everything that measures, from feature extraction to reliability statistics."""
