"""Generalizability theory: any number of facets (readers, scanners, acquisitions, sessions), cells missing or not."""
