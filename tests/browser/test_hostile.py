"""Hostile texts in every place that foreign words come from: read, and able to do nothing else.

Each of them is shown word for word, so that no test passes because a text was swallowed.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from index.build import build
from rag import Assistant, Retriever
from tests.browser.audits import broken, foreign, tangled
from tests.browser.payloads import PAYLOADS
from tests.conftest import HashEmbedder
from ui.inert import visible

pytestmark = pytest.mark.browser

# Where the page shows what.
QUESTION, ANSWER = "#chat .question", "#chat .answer"
TITLES, TEXTS, FACTS = ".source h3", ".source .text", ".source .facts"
DONE = "#chat .tools, #chat .abstained"  # one a finished answer

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
TOGETHER = 5  # articles that one question finds: fewer than the paragraphs of an answer
_SURROGATE = re.compile("[\ud800-\udfff]")
# The models' own signs: markers, strong words, turns of a conversation.
_WRITTEN = re.compile(r"[\[［【〚⟦]\^?\d{1,3}|\*\*|<[/|]|\[INST|<think|tool_call")


@pytest.fixture(scope="module")
def hostile_store(tmp_path_factory) -> Iterator[Path]:
    """One article for each text: its title, words, section, author and source are that text."""
    folder = tmp_path_factory.mktemp("hostile")
    articles = folder / "articles"
    articles.mkdir()
    lines = [json.dumps(record(*each)) for each in enumerate(texts())]
    (articles / "all.jsonl").write_text("\n".join(lines), "utf-8")
    report = build([articles], folder / "store", HashEmbedder())
    assert (report.faults, report.articles) == ([], len(lines))
    yield folder / "store"


@pytest.fixture(scope="module")
def named_store(tmp_path_factory) -> Iterator[Path]:
    """Files whose names are hostile, as far as a file system allows."""
    folder = tmp_path_factory.mktemp("named")
    articles = folder / "articles"
    articles.mkdir()
    for number, name in enumerate(file_names()):
        text = f"标题{number}\n\n{group(number)} 的第{number}号桥长{number + 100}米。\n"
        (articles / f"{name}.txt").write_text(text, "utf-8")
    report = build([articles], folder / "store", HashEmbedder())
    assert report.faults == []
    yield folder / "store"


def texts() -> list[str]:
    """The texts that an article can hold."""
    return [text for text in PAYLOADS.values() if not _SURROGATE.search(text)]


def file_names() -> list[str]:
    """The texts that can be the name of a file."""
    names = [text for text in texts() if "/" not in text and "\0" not in text]
    return [name for name in names if len(name.encode()) < 200 and name.strip(" .")]


def group(number: int) -> str:
    """A word that stands in the articles that are to be found together, and nowhere else."""
    return "qq" + "".join(chr(ord("a") + int(digit)) for digit in f"{number // TOGETHER:03}")


def record(number: int, text: str) -> dict[str, object]:
    # Texts of other characters, for those that are all but the same are shown as one.
    others = "".join(chr(code) for code in Random(number).sample(range(0x4E00, 0x9000), 30))
    about = f"{group(number)} " * 6
    words = f"{about}的第{number}号桥长{number + 100}米{text}{others}"
    facts = {"section": text, "authors": [text], "date": "2031-05-18"}
    name = f"{number} {text}".replace("\0", "")  # no database finds a null character again
    return {"id": name, "title": text, "source": text, "text": words, **facts}


def shown(text: str) -> str:
    """A text as a page shows it, without white space."""
    return "".join(visible(text).split())


_WORDS = """all => all.map(element => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll(".doubt").forEach(sign => sign.remove());
  return copy.textContent;
})"""


class Visit:
    """A page that is asked one thing after another."""

    def __init__(self, tab: object) -> None:
        self.tab, self.page = tab, tab.page
        self.dialogs: list[str] = []
        self.page.on("dialog", self._dialog)

    def _dialog(self, dialog: object) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _settled(self) -> list[str]:
        """What is out of place a second after the window changed its size."""
        found = broken(self.page)
        for _ in range(20):
            if not found:
                break
            self.page.wait_for_timeout(50)
            found = broken(self.page)
        return found

    def begin(self) -> None:
        """A conversation in which nothing was asked yet."""
        if self.page.locator(QUESTION).count():
            self.page.click("#new-chat")
            self.page.locator("#chat .example").first.wait_for()

    def ask(self, question: str) -> None:
        """Ask, and wait for the end of the answer."""
        before = self.page.locator(DONE).count()
        self.tab.ask(question)
        arguments = [DONE, before]
        self.page.wait_for_function(
            "([done, before]) => document.querySelectorAll(done).length > before", arg=arguments
        )

    def read(self, selector: str) -> list[str]:
        """The words of all such elements, shown or folded, without white space or our signs."""
        found = self.page.eval_on_selector_all(selector, _WORDS)
        return ["".join(words.split()) for words in found]

    def check(self) -> None:
        """Nothing ran, nothing was loaded, nothing foreign is part of the page, all is in place."""
        assert self.dialogs == []
        assert foreign(self.page) == []
        # An abstention names words of the question as plain words of its own.
        assert [line for line in tangled(self.page) if "abstained" not in line] == []
        for size in (PHONE, DESK):
            self.page.set_viewport_size(size)
            assert self._settled() == []
        self.tab.check()


def test_articles_are_read_and_can_do_nothing(serve, open_tab, hostile_store):
    retriever = Retriever(hostile_store, embedder=HashEmbedder())
    visit = Visit(open_tab(serve(Assistant(retriever))))
    titles, words, facts = set(), set(), set()

    def look(number: int) -> None:
        visit.ask(f"{group(number)} {group(number)} 的桥有多长？")
        assert foreign(visit.page) == []
        titles.update(visit.read(TITLES))
        words.update(visit.read(TEXTS))
        facts.update(visit.read(FACTS))

    for number in range(0, len(texts()), TOGETHER):
        if number % (6 * TOGETHER) == 0:  # a long conversation is slow to look through each time
            visit.check()
            visit.begin()
        look(number)
    visit.check()
    for number, text in enumerate(texts()):
        if shown(text) not in titles:  # the conversation before had a say in what was found
            visit.begin()
            look(number)
    assert {shown(text) for text in texts()} - titles == set()
    # A text of several lines is several paragraphs, of which any may be the one that is found.
    lines = [(n, text) for n, text in enumerate(texts()) if len(text.splitlines()) == 1]
    assert {shown(str(record(n, text)["text"])) for n, text in lines} - words == set()
    told = "".join(facts)
    assert [text for text in texts() if shown(text) not in told] == []


def test_names_of_files_are_read_and_can_do_nothing(serve, open_tab, named_store):
    retriever = Retriever(named_store, embedder=HashEmbedder())
    visit = Visit(open_tab(serve(Assistant(retriever))))
    facts = set()
    for number in range(0, len(file_names()), TOGETHER):
        visit.ask(f"{group(number)} 的桥有多长？")
        facts |= set(visit.read(FACTS))
    visit.check()
    told = "".join(facts)
    assert [name for name in file_names() if shown(f"{name}.txt") not in told] == []


def test_questions_are_read_and_can_do_nothing(serve, open_tab, sample_store):
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    visit = Visit(open_tab(serve(Assistant(retriever))))
    for batch in batches(1800):
        question = "二号线多长？\n" + "\n".join(batch)
        visit.ask(question)
        assert visit.read(QUESTION)[-1] == shown(question)
    visit.check()


def test_what_a_model_says_is_read_and_can_do_nothing(serve, open_tab, sample_store):
    said = [
        "二号线全长27.5公里。[1]\n" + "。[1]\n".join(batch) + "。[1]" for batch in batches(1800)
    ]
    retriever = Retriever(sample_store, embedder=HashEmbedder())
    visit = Visit(open_tab(serve(Assistant(retriever, Scripted(said)))))
    missing = []
    for batch in batches(1800):
        visit.ask("二号线全长多少公里？")
        answer = visit.read(ANSWER)[-1]
        plain = (text for text in batch if not _WRITTEN.search(text))
        missing += [text for text in plain if shown(text) not in answer]
    visit.check()
    assert missing == []


def batches(longest: int) -> Iterator[list[str]]:
    """All texts, as many together as have so many characters."""
    waiting = iter(PAYLOADS.values())
    batch = list(islice(waiting, 1))
    for text in waiting:
        if sum(length(each) + 6 for each in [*batch, text]) > longest:
            yield batch
            batch = []
        batch.append(text)
    yield batch


def length(text: str) -> int:
    """As a browser counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Scripted:
    """A language model that says one text after the other, in pieces."""

    name = '<img src=x onerror=alert("name")>'
    context_size = 8192
    answer_style = "prose"

    def __init__(self, said: list[str]) -> None:
        self._said = list(said)

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(self, request: object) -> Iterator[str]:
        text = self._said.pop(0)
        return (text[start : start + 40] for start in range(0, len(text), 40))
