"""The chat: ask, read the answer, see the paragraph behind each sentence."""

import os

# Gradio reads it when it is imported: nothing is reported to anyone.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
