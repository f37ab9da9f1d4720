"""May two conditions be pooled, feature by feature."""
