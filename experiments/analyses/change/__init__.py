"""Whether features of patients changed between two visits, by more than measurement error explains."""
