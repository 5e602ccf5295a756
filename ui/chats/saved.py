"""An exchange as JSON and back, with all that showing it and taking it along need.

Raw text of articles is not kept: an article comes back with `raw` "", an empty `body` and no
`blocks`. Each hit and each article is written once; citations name their hit by its place. An
exchange that was still running comes back as one that is not.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from index.article import Article, Paragraph, Span
from rag.answer import Answer, Citation, Dropped, Hit, Printing, Reported, Sentence, Timings, Usage
from rag.errors import QuestionError
from ui.chats import parts
from ui.chats.errors import ChatsError
from ui.conversation import Exchange, Placed

Json = dict[str, Any]

VERSION = 1


def exchange_to_json(exchange: Exchange) -> Json:
    """The exchange as values that `json.dumps` takes."""
    table = _Written()
    written = {
        "v": VERSION,
        "number": exchange.number,
        "question": exchange.question,
        "filters": parts.filters_to_json(exchange.filters),
        "at": exchange.at,
        "verbatim": exchange.verbatim,
        "asked": exchange.asked,
        "hits": table.places(exchange.hits),
        "placed": [_placed(placed, table) for placed in exchange.placed],
        "pending": exchange.pending,
        "answer": None if exchange.answer is None else _answer(exchange.answer, table),
        "generation": exchange.generation,
        "trouble": exchange.trouble,
    }
    return {**written, "all_hits": table.hits, "articles": table.articles}


def exchange_from_json(fields: Json) -> Exchange:
    """The exchange that `exchange_to_json` wrote.

    Raises:
        ChatsError: another version wrote it, or it is damaged.
    """
    version = fields.get("v") if isinstance(fields, dict) else None
    if version != VERSION:
        raise ChatsError(
            f"a kept chat has format {version!r}, this program reads {VERSION}; "
            "use the version of Yinzheng that kept it, or delete the chat"
        )
    try:
        return _exchange(fields)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, QuestionError) as error:
        raise ChatsError(
            f"a kept chat is damaged ({type(error).__name__}); delete it from the history"
        ) from error


class _Written:
    """Hits and articles written so far, each once."""

    def __init__(self) -> None:
        self.hits: list[Json] = []
        self.articles: list[Json] = []
        self._hits: dict[Hit, int] = {}
        self._articles: dict[Article, int] = {}

    def places(self, hits: Iterable[Hit]) -> list[int]:
        """The places of some hits."""
        return [self.hit(hit) for hit in hits]

    def hit(self, hit: Hit) -> int:
        """The place of a hit; it is written if it is new."""
        place = self._hits.get(hit)
        if place is None:
            place = self._hits[hit] = len(self.hits)
            self.hits.append(self._hit(hit))
        return place

    def _hit(self, hit: Hit) -> Json:
        return {
            "paragraph": parts.paragraph_to_json(hit.paragraph),
            "article": self._article(hit.article),
            "score": hit.score,
            "dense_rank": hit.dense_rank,
            "lexical_rank": hit.lexical_rank,
            "also_in": [
                [parts.paragraph_to_json(again.paragraph), self._article(again.article)]
                for again in hit.also_in
            ],
        }

    def _article(self, article: Article) -> int:
        bare = replace(article, raw="", body=Span(0, 0), blocks=None)
        place = self._articles.get(bare)
        if place is None:
            place = self._articles[bare] = len(self.articles)
            self.articles.append(parts.article_to_json(bare))
        return place


def _placed(placed: Placed, table: _Written) -> Json:
    return {
        "lead": placed.lead,
        "sentence": _sentence(placed.sentence, table),
        "places": [list(place) for place in placed.places],
    }


def _sentence(sentence: Sentence, table: _Written) -> Json:
    return {
        "text": sentence.text,
        "citations": [_citation(citation, table) for citation in sentence.citations],
        "support": sentence.support,
        "reasons": list(sentence.reasons),
    }


def _citation(citation: Citation, table: _Written) -> list[int]:
    return [citation.number, table.hit(citation.hit), citation.quote.start, citation.quote.end]


def _answer(answer: Answer, table: _Written) -> Json:
    timings, dropped = answer.timings, answer.dropped
    return {
        "question": answer.question,
        "language": answer.language,
        "llm": answer.llm,
        "hits": table.places(answer.hits),
        "sentences": [_sentence(sentence, table) for sentence in answer.sentences],
        "timings": [timings.retrieve_ms, timings.first_token_ms, timings.total_ms],
        "message": answer.message,
        "raw_text": answer.raw_text,
        "removed_markers": answer.removed_markers,
        "passages": list(answer.passages),
        "dropped": [list(dropped.shortened), list(dropped.left_out), dropped.turns],
        "withdrawn": [_sentence(sentence, table) for sentence in answer.withdrawn],
        "reported": [[one.value, _citation(one.citation, table)] for one in answer.reported],
        "asked": answer.asked,
        "confidence": answer.confidence,
        "usage": [answer.usage.prompt, answer.usage.reply] if answer.usage else None,
    }


class _Read:
    """The hits of a written exchange, by their places."""

    def __init__(self, fields: Json) -> None:
        self._articles = [parts.article_from_json(one) for one in fields["articles"]]
        self._hits = [self._hit(one) for one in fields["all_hits"]]

    def hit(self, place: int) -> Hit:
        """The hit at a place."""
        return self._hits[parts.count(place)]

    def hits(self, places: list[int]) -> tuple[Hit, ...]:
        """The hits at some places."""
        return tuple(self.hit(place) for place in places)

    def _hit(self, fields: Json) -> Hit:
        also = (self._printing(*one) for one in fields["also_in"])
        return Hit(
            parts.paragraph_from_json(fields["paragraph"]),
            self._articles[parts.count(fields["article"])],
            float(fields["score"]),
            parts.maybe_count(fields["dense_rank"]),
            parts.maybe_count(fields["lexical_rank"]),
            tuple(also),
        )

    def _printing(self, fields: Json, article: int) -> Printing:
        paragraph: Paragraph = parts.paragraph_from_json(fields)
        return Printing(paragraph, self._articles[parts.count(article)])


def _exchange(fields: Json) -> Exchange:
    table = _Read(fields)
    return Exchange(
        number=parts.count(fields["number"]),
        question=parts.text(fields["question"]),
        filters=parts.filters_from_json(fields["filters"]),
        at=parts.text(fields["at"]),
        verbatim=parts.flag(fields["verbatim"]),
        asked=parts.text(fields["asked"]),
        hits=table.hits(fields["hits"]),
        placed=tuple(_read_placed(one, table) for one in fields["placed"]),
        pending=parts.text(fields["pending"]),
        answer=None if fields["answer"] is None else _read_answer(fields["answer"], table),
        generation=parts.maybe_count(fields["generation"]),
        trouble=parts.text(fields["trouble"]),
        ahead=0,
        running=False,
    )


def _read_placed(fields: Json, table: _Read) -> Placed:
    places = tuple((parts.count(at), parts.count(number)) for at, number in fields["places"])
    return Placed(parts.text(fields["lead"]), _read_sentence(fields["sentence"], table), places)


def _read_sentence(fields: Json, table: _Read) -> Sentence:
    return Sentence(
        parts.text(fields["text"]),
        tuple(_read_citation(one, table) for one in fields["citations"]),
        parts.verdict(fields["support"]),
        parts.texts(fields["reasons"]),
    )


def _read_citation(fields: list[int], table: _Read) -> Citation:
    number, hit, start, end = fields
    return Citation(parts.count(number), table.hit(hit), Span(start, end))


def _read_answer(fields: Json, table: _Read) -> Answer:
    shortened, left_out, turns = fields["dropped"]
    reported = (
        Reported(parts.text(value), _read_citation(citation, table))
        for value, citation in fields["reported"]
    )
    return Answer(
        question=parts.text(fields["question"]),
        language=parts.text(fields["language"]),
        llm=parts.text(fields["llm"]),
        hits=table.hits(fields["hits"]),
        sentences=tuple(_read_sentence(one, table) for one in fields["sentences"]),
        timings=Timings(*map(float, fields["timings"])),
        message=parts.text(fields["message"]),
        raw_text=parts.text(fields["raw_text"]),
        removed_markers=parts.count(fields["removed_markers"]),
        passages=parts.texts(fields["passages"]),
        dropped=Dropped(parts.texts(shortened), parts.texts(left_out), parts.count(turns)),
        withdrawn=tuple(_read_sentence(one, table) for one in fields["withdrawn"]),
        reported=tuple(reported),
        asked=parts.text(fields["asked"]),
        # Chats of version 0.2 have neither.
        confidence=float(fields.get("confidence", 0.0)),
        usage=Usage(*map(parts.count, fields["usage"])) if fields.get("usage") else None,
    )
