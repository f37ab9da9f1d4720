"""Steps that learn from many scans before any scan passes them."""
