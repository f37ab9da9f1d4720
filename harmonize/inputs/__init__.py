"""What people hand in (settings, texts, tables, paths, names), read with care and refused with the way out."""
