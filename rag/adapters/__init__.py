"""The retriever in the idiom of other libraries; each module needs its own extra."""
