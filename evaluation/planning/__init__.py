"""How many subjects and conditions a study of reliability needs."""
