"""Every file of a run folder: its name, kind, columns, reader and writer."""
