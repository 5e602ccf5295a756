"""Serving a store to other programs over HTTP; `python -m rag serve`."""
