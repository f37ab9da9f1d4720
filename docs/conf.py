"""How the documentation is built: `sphinx-build -W docs build/site`."""

from importlib import metadata

project = "radharmony"
author = "radharmony developers"
release = metadata.version("radharmony")
version = release

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
]
templates_path = ["_templates"]
exclude_patterns = ["studies/**/*.csv", "_templates"]

html_theme = "furo"
html_title = f"radharmony {release}"
html_show_sphinx = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4

# Notebooks are run when the site is built; an error in a cell fails the build.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True

autosummary_generate = True
autosummary_imported_members = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"  # the docstrings name types for people
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
