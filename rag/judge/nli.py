"""A judge by natural language inference: a cross-encoder that reads a source and a sentence."""

import contextlib
import re
import threading
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding.trust import RERANKER
from rag.cross_encoder import open_cross_encoder
from rag.errors import ModelError
from rag.judge.judgement import Judgement
from rag.judge.windows import windows
from rag.support import find_quote

ENTAILED = 0.5  # probability from which on a sentence is supported
CONTRADICTED = 0.7  # … and unsupported: a wrong accusation is worse than silence
LONGEST = 512  # tokens of source and sentence: models for inference are trained on short texts
ROOM = 16  # tokens of a source at least, beside the sentence

_KIND = replace(RERANKER, name="judge")  # made of the same modules
_BATCH = 8  # pairs read at once; a small batch wastes little on padding
_MEANINGS = {
    "entailment": (
        "entailment entail entails entailed supports supported support consistent 蕴含 蘊含 含意"
    ),
    "contradiction": "contradiction contradict contradicts contradictory refutes refuted 矛盾",
    "neutral": (
        "neutral not_entailment non_entailment not_entailed no_entailment not_supported "
        "unsupported inconsistent not_enough_info nei 中立 中性"
    ),
}
_MEANING = {word: meaning for meaning, words in _MEANINGS.items() for word in words.split()}


class InferenceJudge:
    """A sentence-transformers CrossEncoder with outputs for entailment and, mostly, contradiction.

    Its outputs are known by the names in its config.json (`id2label`), in whatever order. One that
    only tells what is entailed never finds a contradiction. For any number of threads; one at a
    time is served.

    Attributes:
        name: the folder's or the hub's.
    """

    waits = False

    def __init__(self, name: str) -> None:
        """Load the model `name`: a folder, or a hub name (from its cache, else downloaded).

        Raises:
            ModelError: it cannot be found or loaded, asks to run code, does not name its outputs,
                or cannot compute.
        """
        self._model = open_cross_encoder(name, _KIND)
        self.name = Path(name).resolve().name if Path(name).expanduser().is_dir() else name
        labels = getattr(self._model.config, "id2label", None) or {}
        self._meanings = _meanings(name, labels, self._model.num_labels)
        self._tokenizer = self._model.tokenizer
        self._longest = min(self._model.max_seq_length or LONGEST, LONGEST)
        self._special: int = self._tokenizer.num_special_tokens_to_add(pair=True)
        self._judging = threading.Lock()  # a tokeniser's limits are its own, not a call's
        self._try()

    def judge(self, sentence: str, texts: Sequence[str]) -> Judgement:
        """See `Judge.judge`; long texts are read in windows.

        It is supported where some window entails it, or what matches best in all texts together.
        Only the places that match best can contradict it: elsewhere a text speaks of other things.
        """
        try:
            with self._judging, _computing(self.name):
                room = self._longest - self._special - self._count([sentence])[0]
                if room < ROOM:
                    return Judgement("unknown", f"too long for {self.name} to check")
                best, others = self._premises(sentence, texts, room)
                found = self._probabilities([*best, *others], sentence)
        except ModelError as error:
            return Judgement("unknown", f"not checked: {error}")
        return self._verdict(found, len(best))

    def _premises(
        self, sentence: str, texts: Sequence[str], room: int
    ) -> tuple[list[str], list[str]]:
        """The windows to read: those around what matches best, and the others."""
        cut = [windows(sentence, text, room=room, count=self._count) for text in texts if text]
        best, others = [parts[0] for parts in cut], [part for parts in cut for part in parts[1:]]
        if len(cut) > 1:  # a sentence may follow from its sources together only
            quotes = [find_quote(sentence, text).cut(text) for text in texts if text]
            together = ("\n".join(best), "\n".join(quotes))
            best += [text for text in together if self._count([text])[0] <= room][:1]
        return best, others

    def _verdict(self, found: NDArray[np.float64], best: int) -> Judgement:
        """The verdict from each window's probabilities, the first `best` from the best places."""
        if (found[:, self._meanings.index("entailment")] >= ENTAILED).any():
            return Judgement("supported", f"follows from the source, according to {self.name}")
        if "contradiction" not in self._meanings:
            return Judgement("unknown", f"the source does not say it, according to {self.name}")
        if (found[:best, self._meanings.index("contradiction")] >= CONTRADICTED).any():
            return Judgement("unsupported", f"contradicts the source, according to {self.name}")
        return Judgement(
            "unknown", f"the source neither says nor denies it, according to {self.name}"
        )

    def _probabilities(self, premises: Sequence[str], sentence: str) -> NDArray[np.float64]:
        """What each premise says of the sentence, shape (premises, outputs).

        Raises:
            ValueError: the model computes no numbers.
        """
        if not premises:
            return np.zeros((0, len(self._meanings)))
        pairs = [(premise, sentence) for premise in premises]
        logits = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        values = np.asarray(logits, np.float64).reshape(len(pairs), len(self._meanings))
        if not np.isfinite(values).all():
            raise ValueError("its outputs are no numbers")
        if len(self._meanings) == 1:
            return 1 / (1 + np.exp(-values))
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def _count(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes, without those around a pair."""
        if not texts:
            return []
        read = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(tokens) for tokens in read["input_ids"]]

    def _try(self) -> None:
        """Read the longest pair there can be: what fails should fail now, not in an answer."""
        with _computing(self.name):
            self._probabilities(["1 " * self._longest], "1")


@contextlib.contextmanager
def _computing(name: str) -> Generator[None]:
    """What the libraries raise for a model that does not fit its files, as a ModelError."""
    try:
        yield
    except (RuntimeError, LookupError, ValueError, TypeError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise ModelError(
            f"the judge {name} cannot compute ({reason}); restore its files, or choose another"
        ) from error


def _meanings(name: str, labels: Mapping[int, str], outputs: int) -> list[str]:
    """What each output means, in their order."""
    called = [str(labels.get(number, "?")) for number in range(outputs)]
    found = [_MEANING.get(re.sub(r"[\W_]+", "_", label.strip().lower()), "?") for label in called]
    once = found.count("entailment") == 1 and found.count("contradiction") <= 1
    if once and "?" not in found:
        return found
    raise ModelError(
        f"the judge {name} has outputs named {', '.join(called)}; it needs one named entailment, "
        "and others named neutral, contradiction or not_entailment. Choose a model for natural "
        "language inference, or name them in id2label of its config.json"
    )
