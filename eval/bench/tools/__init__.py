"""What it costs to reach the retriever through other tools: adapters, HTTP, MCP."""
