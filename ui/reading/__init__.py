"""The reading room: an article whole beside the answer, its quoted words marked."""
