"""Features, and images, of scans that are not compared: measured as those of a study were."""
