"""Floor 4: the study, its strategies, the run and what is left of it: tables, tracking, report, commands."""
