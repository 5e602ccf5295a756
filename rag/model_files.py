"""What the names of GGUF files tell: parts of one model, quantisations, companions."""

import re
from collections.abc import Iterable, Sequence

from rag.errors import ModelError

PREFERRED = "Q4_K_M"  # the usual balance of size and quality

_PART = re.compile(r"(?P<stem>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
_QUANT = re.compile(
    r"(?<![a-z0-9])(?:UD-)?(?:I?Q\d|TQ\d|BF16|FP?16|FP?32|MXFP4)(?:_[a-z0-9]+)*(?![a-z0-9_])",
    re.IGNORECASE,
)
_PROJECTOR = re.compile(r"(?<![a-z0-9])mmproj(?![a-z0-9])", re.IGNORECASE)
_IMATRIX = re.compile(r"(^|/)imatrix[^/]*$|[-._]imatrix\.gguf$", re.IGNORECASE)


def parts(name: str) -> list[str]:
    """All file names of the model that the file `name` belongs to; itself if it has no parts.

    >>> parts("a-00002-of-00002.gguf")
    ['a-00001-of-00002.gguf', 'a-00002-of-00002.gguf']
    """
    part = _PART.fullmatch(name)
    if part is None or not 1 <= int(part["index"]) <= int(part["count"]):
        return [name]
    total = int(part["count"])
    return [f"{part['stem']}-{i:05}-of-{total:05}{name[-5:]}" for i in range(1, total + 1)]


def is_model(name: str) -> bool:
    """Whether a file may hold a language model; its companions for pictures and statistics don't.

    >>> [is_model(name) for name in ("x-Q8_0.gguf", "x-mmproj-F16.gguf", "x.imatrix.gguf")]
    [True, False, False]
    """
    base = name.rpartition("/")[2]
    if not base.lower().endswith(".gguf") or base.startswith("."):
        return False
    return not _PROJECTOR.search(base) and (
        not _IMATRIX.search(name) or bool(_QUANT.search(base)) and not base.startswith("imatrix")
    )


def quantisations(name: str) -> list[str]:
    """The words in a file's name that may name its quantisation, the last one first.

    >>> quantisations("f16/qwen3-0.6b-q8_0.gguf")
    ['q8_0', 'f16']
    """
    return _QUANT.findall(name)[::-1]


def models(names: Iterable[str]) -> list[str]:
    """The models that files of these names belong to, each by its first part."""
    return sorted({parts(name)[0] for name in names if is_model(name)})


def choose(names: Sequence[str], quant: str | None, *, repo: str) -> list[str] | None:
    """The files of the one model meant by `quant`, first part first; None if there is none.

    Args:
        names: the files of a repository.
        quant: a quantisation or the end of a file name, in any case; without one, Q4_K_M if
            there is one, else the only model.
        repo: named in the error.

    Raises:
        ModelError: more than one model fits; lists them.
    """
    all_models = models(names)
    wanted = [name for name in all_models if _has(name, quant or PREFERRED)]
    if not wanted and quant is None:
        wanted = all_models
    if quant in wanted or (quant and parts(quant)[0] in wanted):
        wanted = [parts(quant)[0]]  # the whole name, though longer ones end in it too
    if not wanted:
        return None
    if len(wanted) > 1:
        raise ModelError(
            f"{repo} has several models; name one after a colon, {repo}:FILE, of: {listed(wanted)}"
        )
    found = parts(wanted[0])
    return found if set(found) <= set(names) else None


def listed(names: Sequence[str], *, limit: int = 12) -> str:
    """The names in one line, at most `limit` of them."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _has(name: str, quant: str) -> bool:
    """Whether the quantisation stands in the name as a word: `Q4_K` is not in `x-Q4_K_M.gguf`."""
    word = rf"(?<![a-z0-9]){re.escape(quant)}(?![a-z0-9_])"
    return re.search(word, name, re.IGNORECASE) is not None
