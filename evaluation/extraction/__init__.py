"""From a volume to features."""
