"""What is computed from the features of a run: inference, the paper's tables, strategies.csv."""
