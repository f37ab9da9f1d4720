"""Image-domain steps, one a file."""
