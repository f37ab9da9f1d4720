"""Selectors by name: what separates the classes. One selector a file."""

from radharmony.floors import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
