"""How the bundled reader is trained, written to GGUF and measured."""
