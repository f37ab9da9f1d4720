"""The tests: a package, as one of the same name that a library installs would stand in for it in worker processes."""
