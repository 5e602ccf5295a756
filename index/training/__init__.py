"""Scripts that build the bundled multilingual sentence embedder."""
