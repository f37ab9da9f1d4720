"""What runs have finished, found again by the content of a scan and all that was done with it."""
