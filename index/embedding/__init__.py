"""Embedding models: finding their folders, what they may ask for, their prompts, batches."""
