"""Whether a library says that there is no answer, in its own words for our articles.

What the libraries' prompts call sources and documents, `rag.refusals` calls passages and articles;
and one of their prompts asks to say so if no source is helpful.
"""

import re

from rag.refusals import is_refusal

# What stands in the place of an answer where nothing was found or written.
_NOTHING = frozenset(("", "empty response", "no answer", "no_answer", "none", "n/a", "unknown"))
_MARKS = re.compile(r"\[\d+\]")
_ONE = re.compile("(?<=一)[个個份](?:文档|文檔|来源|來源|文件)")
_SOURCES = re.compile("文档|文檔|来源|來源|文件")
_UNHELPFUL = re.compile(
    r"(?:(?:answer|respuesta|réponse|答案?)\s*[:：]\s*)?(?:"
    r"none of (?:the|these) (?:\w+ ){0,2}(?:sources?|documents?) (?:is|are|was|were) "
    r"(?:helpful|useful|relevant)\b[^.]*"
    r"|ninguna de las fuentes (?:\w+ )?(?:es|son) (?:útil|relevante)\w*[^.]*"
    r"|aucune des sources (?:\w+ )?(?:n'est|ne sont) (?:utile|pertinente)\w*[^.]*"
    r"|(?:(?:所?提供|给出|給出|给定|給定|以上|上述|这些|這些|所有|全部)的?)*"
    r"(?:来源|來源|文档|文檔|文章|文件)[都均全]?(?:没有|沒有|无|無)(?:帮助|幫助|用处|用處|用)"
    r")[.。]?",
    re.IGNORECASE,
)


def says_nothing(text: str) -> bool:
    """Whether a library's whole text says that the articles do not answer, or nothing at all."""
    plain = _MARKS.sub("", text).strip()
    if plain.rstrip(".。").lower() in _NOTHING or _UNHELPFUL.fullmatch(plain):
        return True
    return is_refusal(_SOURCES.sub("文章", _ONE.sub("篇文章", text)))
