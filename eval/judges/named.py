"""Judges by the names that users give them."""

import logging
from collections.abc import Callable

from eval.judges.address import Address, key_from_environment, read_address
from eval.judges.opinion import Judge
from rag.errors import InputError

FORMS = "tiers, nli:FOLDER_OR_HUB_NAME, gguf:FILE_OR_NAME or openai:MODEL@ADDRESS"

log = logging.getLogger(__name__)


def judge_called(
    name: str, *, send: bool = False, progress: Callable[[float], None] | None = None
) -> Judge:
    """The judge called `name`, loaded.

    Args:
        name: one of `FORMS`.
        send: whether article text may be sent to another computer.
        progress: told the share of a GGUF model that is loaded, now and then.

    Raises:
        InputError: there is no such kind of judge, or text would leave without permission.
        ModelError: it cannot be found or loaded.
    """
    kind, colon, what = name.partition(":")
    if name == "tiers":
        from eval.judges.local import TiersJudge

        return TiersJudge()
    if colon and what.strip():
        if kind == "nli":
            from eval.judges.local import NliJudge

            return NliJudge(what)
        if kind == "gguf":
            from eval.judges.local import GgufJudge

            return GgufJudge(what, progress=progress)
        if kind == "openai":
            return _remote(read_address(what), send)
    raise InputError(f"there is no judge of that name; give --judge {FORMS}")


def _remote(address: Address, send: bool) -> Judge:
    from eval.judges.remote import OpenAIJudge

    if address.loopback:
        return OpenAIJudge(address, key_from_environment())
    if not send:
        raise InputError(
            f"this judge would send the sentences and the text of the articles to {address.host}; "
            "if they may leave this computer, add --send"
        )
    key = key_from_environment()
    log.warning("sentences and article text are sent to %s", address.host)
    if not address.encrypted:
        what = "they and the key" if key else "they"
        log.warning("… unencrypted: %s can be read on the way; https would be safe", what)
    return OpenAIJudge(address, key)
