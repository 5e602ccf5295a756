"""The same job by other libraries, each in an environment of its own; see eval/bench/README.md."""
