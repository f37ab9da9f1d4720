"""Pictures of a run: a few subjects under all conditions, before and after each strategy."""
