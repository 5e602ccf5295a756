"""Are replies with drafts those without, token for token?"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from eval.bench.llm.speed import COPIED, made_request, unmarked
from rag.llama_settings import chosen
from rag.llamacpp import LlamaCpp
from rag.llm import Request
from rag.self_test import defaults

Row = dict[str, object]

LENGTH = 250  # tokens of a reply


def bench(model: Path, copying: Path, tokens: int = 2000) -> list[Row]:
    """Replies to other prompts each, of `tokens` tokens in all for each model.

    `different` counts replies of which any character is another; `guessed` and `right` count
    tokens of drafts. Of random weights the two likeliest tokens are often nearly alike, so that
    rounding decides; a model that copies is sure of what it writes.
    """
    rows = []
    for name, path in (("random weights", model), ("copies a passage", copying)):
        requests = [_request(run) for run in range(-(-tokens // LENGTH))]
        plain = list(_replies(path, requests, drafts=False))
        drafted = list(_replies(path, requests, drafts=True))
        different = sum(a != b for (a, _, _), (b, _, _) in zip(plain, drafted, strict=True))
        rows.append(
            {
                "model": name,
                "replies": len(requests),
                "characters": sum(len(text) for text, _, _ in plain),
                "guessed": sum(guessed for _, guessed, _ in drafted),
                "right": sum(right for _, _, right in drafted),
                "different": different,
                "bad": different if name == "copies a passage" else 0,
            }
        )
    return rows


def _request(run: int) -> Request:
    request = made_request(run)
    passages = (*request.passages[:3], unmarked(COPIED))
    return replace(made_request(run, passages), max_tokens=LENGTH)


def _replies(
    path: Path, requests: Sequence[Request], *, drafts: bool
) -> Iterator[tuple[str, int, int]]:
    settings = replace(chosen(defaults(), ""), drafts=drafts)
    with closing(LlamaCpp(path, settings=settings)) as engine:
        for request in tqdm(requests, "drafts", disable=None, leave=False):
            guessed, right = engine.guessed, engine.guessed_right
            text = "".join(engine.stream(request))
            yield text, engine.guessed - guessed, engine.guessed_right - right
