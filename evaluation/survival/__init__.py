"""Times to an event, some of them censored: Kaplan-Meier, Cox's model, concordance, Brier score."""
