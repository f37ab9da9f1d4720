"""Condense what files hold into what each section of the page says."""
