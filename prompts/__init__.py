"""Prompts as files; only rag/prompt.py reads them."""
