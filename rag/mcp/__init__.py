"""A store for assistants that speak the Model Context Protocol; `python -m rag mcp`."""
