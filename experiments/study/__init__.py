"""What was asked: the study file, its table of scans, its strategies."""
