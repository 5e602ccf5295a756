"""The commands of `python -m eval`; each loads what it needs when it is run, so help is quick."""
