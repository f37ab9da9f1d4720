"""What ordered conditions do to features, and up to which level each still passes."""
