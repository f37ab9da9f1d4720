"""How well the features of a table tell the diagnosis, in subjects that were held out."""
