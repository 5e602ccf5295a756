"""The language model of every library: llama-cpp-python with the same settings.

Imported in a library's own environment, which has llama-cpp-python.
"""

from collections.abc import Callable
from typing import Any

import llama_cpp

from eval.bench.pipelines.job import Job

# Greedy, and no token is held against itself: figures and names are to be copied.
GREEDY = {"temperature": 0.0, "repeat_penalty": 1.0}
_PROMPT_BATCH = 512  # tokens of a prompt computed at once: llama-cpp-python's own default


def prepare(job: Job) -> None:
    """Have weights loaded without repacking where the job says that this ends the process.

    The high-level class gives no way to it, so the function that it takes its defaults from is
    another one from now on.
    """
    if job.repack:
        return
    plain: Callable[[], Any] = llama_cpp.llama_cpp.llama_model_default_params

    def changed() -> Any:
        params = plain()
        params.use_extra_bufts = False
        return params

    module: Any = llama_cpp.llama_cpp  # the very one that the high-level class calls
    module.llama_model_default_params = changed


def settings(job: Job) -> dict[str, Any]:
    """Arguments of `llama_cpp.Llama` beside the file: context, batch, threads, silence."""
    return {
        "n_ctx": job.context,
        "n_batch": _PROMPT_BATCH,
        "n_threads": job.threads,
        "verbose": False,
    }


class Vocabulary:
    """A model's tokens and chat template, for libraries that write the prompt themselves."""

    def __init__(self, job: Job) -> None:
        self._llama = llama_cpp.Llama(str(job.llm), vocab_only=True, verbose=False)
        template = self._llama.metadata.get("tokenizer.chat_template")
        end = self._llama.detokenize([self._llama.token_eos()], special=True).decode("utf-8")
        self._chat = template and llama_cpp.llama_chat_format.Jinja2ChatFormatter(
            template, eos_token=end, bos_token=""
        )  # the first token is set by the completion itself

    def tokens(self, text: str) -> list[int]:
        """The tokens of a text."""
        return list(self._llama.tokenize(text.encode(), add_bos=False))

    def prompt(self, message: str) -> str:
        """A user's message as the model's template writes it; as it is where there is none."""
        if not self._chat:
            return message
        return str(self._chat(messages=[{"role": "user", "content": message}]).prompt)
