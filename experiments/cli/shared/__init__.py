"""What several commands do: reading a cohort, putting results into a run, showing progress and tables."""
