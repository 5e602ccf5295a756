"""What can go wrong with kept chats."""

from rag.errors import YinzhengError


class ChatsError(YinzhengError):
    """Kept chats, or what readers said of them, cannot be read, kept or written out."""
