"""The whitelisted features of another cohort, or the reasons why not."""
