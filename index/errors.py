"""Errors a user can meet while a store is built or opened; every message names its remedy.

YinzhengError
├── InputError        a file, folder or record cannot be read
├── EmbedderError     the embedding model cannot be found or loaded
└── StoreError        the store cannot be opened or written
    ├── StoreMissing      there is no store at this place
    ├── StoreMismatch     another embedder (or text view, chunker, version) made the store
    ├── StoreDamaged      files fail their checks and cannot be rebuilt
    └── StoreBusy         another process is writing
"""


class YinzhengError(Exception):
    """Base of all errors meant for users: what happened, where, and what to do."""


class InputError(YinzhengError):
    """A file, folder or record cannot be read."""


class EmbedderError(YinzhengError):
    """The embedding model cannot be found or loaded."""


class StoreError(YinzhengError):
    """The store cannot be opened or written."""


class StoreMissing(StoreError):
    """There is no store at this place."""


class StoreMismatch(StoreError):
    """The store was made by another embedder, text view, chunker or version."""


class StoreDamaged(StoreError):
    """Files of the store fail their checks and cannot be rebuilt."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""
