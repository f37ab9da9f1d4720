"""The run itself: scans through strategies, in worker processes, resumable."""
