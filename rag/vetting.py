"""What readers see of a model's sentences: the judge's verdict on them, and the answer policy.

With `flag` text is shown as it comes, and each sentence is marked with its verdict. With `drop` and
`quote` nothing of a sentence is shown before its verdict is known, and what its sources do not
support is left out, or replaced by a quotation. Doubtful sentences (partial, unknown) always stay.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from index.text import fold
from rag.answer import Sentence, SentenceChecked, TextAdded
from rag.features import Candidate
from rag.judge import Judge
from rag.pointers import quoted_events
from rag.policy import Unsupported
from rag.refusals import is_refusal
from rag.replacement import replacement

MOST_JUDGED = 8  # sentences of an answer

Shown = TextAdded | SentenceChecked


class Vetting:
    """Lets the events of one reply through, as far as readers may see them.

    Attributes:
        sentences: those of the answer, so far.
        withdrawn: those that were left out or replaced, as the model wrote them.
    """

    def __init__(
        self, policy: Unsupported, judge: Judge | None, passages: Sequence[Candidate]
    ) -> None:
        """`passages` are the sentences that the model was shown, with the numbers of their hits."""
        self._policy = policy
        self._judge = judge if judge and not judge.waits else None
        self._late_judge = judge if judge and judge.waits else None
        self._passages = passages
        self._left = MOST_JUDGED
        self._written: list[str] = []
        self._held: list[Sentence] = []  # written, not yet vetted
        self._shown = 0  # of `sentences`
        self.sentences: list[Sentence] = []
        self.withdrawn: list[Sentence] = []

    def events(self, reply: Iterable[Shown]) -> Iterator[Shown]:
        """The events of a reply while the model writes, without those that have to wait."""
        for event in reply:
            if isinstance(event, SentenceChecked):
                yield from self._checked(event.sentence)
            elif self._policy == "flag":
                yield event

    def ended(self) -> Iterator[Shown]:
        """What is left to show, once the model has ended and was not found to decline.

        Only now a judge is asked that is this very model. Where text is shown as it comes, its
        verdicts change `sentences`, not what was shown.
        """
        if self._policy == "flag":
            self.sentences = [self._judged(s, self._late_judge) for s in self.sentences]
            return
        for sentence in self._held:
            self._keep(self._judged(sentence, self._late_judge))
        yield from self._let_out()
        if self._shown < len(self.sentences):
            self.sentences = []  # what is left of the reply only declines

    def _checked(self, sentence: Sentence) -> Iterator[Shown]:
        sentence = self._judged(sentence, self._judge)
        if self._policy == "flag":
            self.sentences.append(sentence)
            yield SentenceChecked(sentence)
            return
        self._written.append(sentence.marked)
        self._held.append(sentence)
        if is_refusal(" ".join(self._written)):  # then nothing of it is to be shown
            return
        while self._held and not (self._late_judge and _open(self._held[0])):
            self._keep(self._held.pop(0))
        yield from self._let_out()

    def _keep(self, sentence: Sentence) -> None:
        """Take a sentence, or what comes in its place, into the answer."""
        if sentence.support == "unsupported":
            self.withdrawn.append(sentence)
            if self._policy == "drop" or is_refusal(sentence.marked):
                return
            said = {fold(kept.text) for kept in self.sentences}
            quoted = replacement(sentence, self._passages, said)
            if quoted is None:
                return
            sentence = quoted
        self.sentences.append(sentence)

    def _let_out(self) -> Iterator[Shown]:
        """The sentences that are new in the answer, once it says anything but that it declines."""
        if is_refusal(" ".join(sentence.marked for sentence in self.sentences)):
            return
        for sentence in self.sentences[self._shown :]:
            yield from quoted_events(sentence, first=not self._shown)
            self._shown += 1

    def _judged(self, sentence: Sentence, judge: Judge | None) -> Sentence:
        """The sentence with a judge's verdict where the rules left it open."""
        if judge is None or not _open(sentence):
            return sentence
        if not self._left:
            reason = f"not judged: only {MOST_JUDGED} sentences of an answer are"
            return replace(sentence, reasons=(*sentence.reasons, reason))
        self._left -= 1
        texts = [citation.hit.paragraph.text for citation in sentence.citations]
        found = judge.judge(sentence.text, texts)
        if found.verdict == "unknown":
            return replace(sentence, reasons=(*sentence.reasons, found.reason))
        return replace(sentence, support=found.verdict, reasons=(found.reason, *sentence.reasons))


def _open(sentence: Sentence) -> bool:
    """Whether the rules left a verdict to a judge."""
    return bool(sentence.citations) and sentence.support in ("partial", "unknown")
