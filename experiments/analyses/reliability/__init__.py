"""The reliability statistics of any tool's table of features."""
