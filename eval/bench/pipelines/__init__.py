"""The same questions through pipelines of other libraries, each in an environment of its own."""
