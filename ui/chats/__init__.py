"""The chats room: what was asked before, what readers say of it, and taking it along."""
