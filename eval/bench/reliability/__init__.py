"""python -m eval bench reliability: what a store survives, notices and refuses."""
