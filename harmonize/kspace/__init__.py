"""How k-space is measured and becomes an image, as functions of arrays."""
