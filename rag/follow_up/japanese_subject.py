"""Japanese: what a question is about, and the people that a text names."""

import re

from rag.follow_up.words import bare

_TOPIC = re.compile(r"^(?P<topic>[^、。？?]{1,40}?)(?:には|では|とは|は|が|も)(?![がはもな])")
_NAME = re.compile(
    r"(?:^|(?<=[はがのと、。・「]))(?P<name>[\u3400-\u9fff々][\u3400-\u9fff々ぁ-かき-にぬ-ねひ-ゖ]{1,7}?)(?=さん|氏)"
    r"|(?P<title>[\u3400-\u9fff々]{2,3}(?:館長|台長|市長|知事|社長|監督|首相|教授))"
)
_ASKS = re.compile("何|誰|だれ|いつ|どこ|どの|どれ|なぜ|いくら|いくつ")


def japanese_subject(question: str) -> str:
    """The topic of a question: what stands before は or が."""
    match = _TOPIC.match(bare(question))
    topic = match["topic"] if match else ""
    return "" if _ASKS.search(topic) else topic


def person(text: str) -> str:
    """The first person of a text, without さん; not those with は, が, の or を in their names."""
    match = _NAME.search(text)
    return (match["title"] or match["name"]) if match else ""
