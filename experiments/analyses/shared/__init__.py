"""What analyses have in common: settings, the table of a cohort, where features come from, parts of pipelines."""
