"""The articles that are held: finding them, asking only some, adding and removing files."""
