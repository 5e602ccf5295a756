"""A page as one JSON object."""

import json
from collections.abc import Mapping
from dataclasses import fields

from index.inspect.marks import HIDDEN
from index.inspect.shares import shares
from index.newspaper.page import Page, PageArticle, Part


def to_json(page: Page, source: str, signs: Mapping[str, object] | None = None) -> str:
    """One line of JSON: source, signs (if given), articles, left_out, shares.

    `pieces` are [start in the text, start in the raw file, length], counted in characters.
    Control characters and lone surrogates are escaped, so that the line can be printed anywhere.
    """
    count = shares(page)
    whole = {
        "source": source,
        **({"signs": signs} if signs is not None else {}),
        "articles": [_article(article) for article in page.articles],
        "left_out": [_part(part) for part in page.left_out],
        "shares": {
            "total": count.total,
            "roles": count.roles,
            "in_no_part": count.in_no_part,
            "in_two": count.in_two,
        },
    }
    text = json.dumps(whole, ensure_ascii=False)
    return HIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], text)


def _article(article: PageArticle) -> dict[str, object]:
    own = {f.name: getattr(article, f.name) for f in fields(article) if f.name != "parts"}
    return {**own, "parts": [_part(part) for part in article.parts]}


def _part(part: Part) -> dict[str, object]:
    return {
        "role": part.role,
        "text": part.text,
        "pieces": [[p.text_start, p.raw_start, p.length] for p in part.pieces],
        "joins": [{"at": j.at, "confidence": j.confidence, "moved": j.moved} for j in part.joins],
    }
