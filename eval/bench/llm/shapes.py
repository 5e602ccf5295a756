"""The hyperparameters and chat templates of the small models that answers are made with."""

from dataclasses import dataclass

VOCABULARY = 151_936  # tokens, those that pad the table included

_HEADER = "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
_TURNS = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
)
PLAIN = (
    "{% if messages and messages[0]['role'] != 'system' %}<|im_start|>system\n"
    "You are a helpful assistant.<|im_end|>\n{% endif %}" + _TURNS + _HEADER
)
THINKING = (
    _TURNS + "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
HEADERS = (
    "<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
)  # what stands before an answer


@dataclass(frozen=True)
class Shape:
    """What decides how much a model computes.

    Attributes:
        arch: llama.cpp's name of the architecture: `qwen2` has biases on queries, keys and
            values, `qwen3` norms on queries and keys.
        hidden: the width.
        layers: how many.
        heads: of queries; `qwen2` wants `heads * head_dim` to be the width.
        kv_heads: of keys and values; divides `heads`.
        head_dim: the width of a head; even.
        feed_forward: units of a layer's second half.
        context: tokens the model says it was trained for.
        template: the chat template.
        vocabulary: tokens; only tests have fewer than the real models.
    """

    arch: str
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    context: int
    template: str
    vocabulary: int = VOCABULARY

    @property
    def inner(self) -> int:
        """The weights that every token of a prompt is multiplied with, embeddings aside."""
        attention = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        return self.layers * (attention + 3 * self.hidden * self.feed_forward)


SHAPES = {
    "qwen2.5-0.5b": Shape("qwen2", 896, 24, 14, 2, 64, 4864, 32_768, PLAIN),
    "qwen3-0.6b": Shape("qwen3", 1024, 28, 16, 8, 128, 3072, 40_960, THINKING),
    "qwen3-1.7b": Shape("qwen3", 2048, 28, 16, 8, 128, 6144, 40_960, THINKING),
}
ROPE_BASE = 1_000_000.0
NORM_EPSILON = 1e-6
