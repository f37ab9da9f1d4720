"""Read what a finished run has left in its folder."""
