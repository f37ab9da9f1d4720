"""Does a diagnostic model that learned from one condition hold in another."""
