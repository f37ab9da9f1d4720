"""What ordered conditions (strength, acceleration, slice thickness, field strength) do to features, level by level."""
