"""How fast a GGUF model answers here: models made up for it, kernels, rounding."""
