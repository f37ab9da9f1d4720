"""What a run has to do, before it is begun."""
