"""Batch effects taken out of any tool's table of features."""
