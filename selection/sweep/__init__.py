"""How much robustness costs and brings: a threshold of reliability swept against diagnostic performance."""
