"""The colours of figures and pictures."""

INK = "#1a1a1a"
QUIET = "#6b6b6b"
FAINT = "#cfcfcf"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000")
"""Okabe and Ito's colours, which people with any colour vision tell apart."""
