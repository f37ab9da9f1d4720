"""What perturbations are worth: how many truly unstable features they catch."""
