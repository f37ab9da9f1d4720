"""Floor 3: thresholds and the whitelists of features that pass them."""
