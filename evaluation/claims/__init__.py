"""Claims about single features that a clinic can use: what a change means, and whether conditions may be pooled."""
