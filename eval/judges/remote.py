"""A judge behind an address: any server that speaks the OpenAI protocol, near or far."""

import email.utils
import json
import logging
import re
import time
from collections.abc import Sequence
from typing import Any

from eval.judges.address import Address
from eval.judges.local import prompts
from eval.judges.opinion import Opinion
from rag.answer import Verdict
from rag.errors import ModelError
from rag.prompt import claim, judge_rules
from rag.support import Source

SEED = 1
REPLY = 8  # tokens; a marker is at most three
THOUGHT = 2048  # … of models that think before they reply, and count it
TIMEOUT = 60.0  # seconds without a sign of life
MOST = 1_000_000  # bytes of a reply

_SAID: dict[str, Verdict] = {"[1]": "supported", "[0]": "unsupported", "[2]": "unsupported"}
_OPTIONAL = ("max_tokens", "temperature", "seed")  # what some models refuse to be told
_OFF = {
    401: "did not accept the key",
    403: "gave no permission",
    404: "has no such model, or no /chat/completions at that address",
}
_SHOWN = 200  # characters of what a server says

log = logging.getLogger(__name__)


class OpenAIJudge:
    """Asks a chat model for one of three markers, at temperature 0; a strict reader of the reply.

    A reply that is anything else is `unknown`. The key is shown to the server and to nobody else.
    """

    def __init__(self, address: Address, key: str | None, *, timeout: float = TIMEOUT) -> None:
        """Nothing is sent yet.

        Args:
            address: the model, and where it is.
            key: for the server, if it wants one.
            timeout: seconds without a sign of life after which a call has failed.

        Raises:
            ModelError: the package httpx is missing.
        """
        try:
            import httpx
        except ImportError as error:
            raise ModelError("judges of the kind openai: need httpx: pip install httpx") from error
        self._http = httpx
        self._address, self._key = address, key
        self._url = f"{address.base}/chat/completions"
        self._rules = judge_rules()
        self._settings: dict[str, Any] = {"temperature": 0, "seed": SEED, "max_tokens": REPLY}
        # What is meant for this computer must not leave it by a proxy.
        self._client = httpx.Client(timeout=timeout, trust_env=not address.loopback)
        self.name = f"openai:{address.model}@{address.base}"
        self.identity: dict[str, Any] = {
            "kind": "openai",
            "model": address.model,
            "address": address.base,
            "settings": dict(self._settings),
            "prompts": prompts(),
        }

    def opinion(self, sentence: str, sources: Sequence[Source]) -> Opinion:
        """See `Judge.opinion`."""
        body = {
            "model": self._address.model,
            "messages": [
                {"role": "system", "content": self._rules},
                {"role": "user", "content": claim(sentence, [source.text for source in sources])},
            ],
        }
        calls = 0
        while True:
            calls += 1
            try:
                status, headers, data = self._posted({**body, **self._settings})
            except self._http.HTTPError as error:
                return _failed(f"no reply ({type(error).__name__})", calls, 0.0)
            if status != 400 or not self._adapted(data):
                break
        if status in _OFF:
            raise ModelError(
                f"the judge at {self._address.base} {_OFF[status]} ({self._words(data)}); "
                "check the name of the model, the address and the key"
            )
        if status != 200:
            wait = _retry_after(headers.get("retry-after")) if _passes(status) else None
            return _failed(f"status {status}: {self._words(data)}", calls, wait)
        return _read(data, calls)

    def _posted(self, body: dict[str, Any]) -> tuple[int, Any, bytes]:
        """Status, headers and the beginning of the reply; a redirection is not followed."""
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = b""
        content = json.dumps(body).encode()
        with self._client.stream("POST", self._url, content=content, headers=headers) as reply:
            for piece in reply.iter_bytes():
                data += piece
                if len(data) > MOST:
                    break
            return reply.status_code, reply.headers, data[:MOST]

    def _adapted(self, data: bytes) -> bool:
        """Leave out a setting that the model refuses; whether there was one to leave out."""
        told = self._error(data)
        refused = told.get("param") if isinstance(told, dict) else None
        if refused not in _OPTIONAL or refused not in self._settings:
            return False
        del self._settings[refused]
        log.warning("the judge %s takes no %s: it is left out", self.name, refused)
        if refused == "max_tokens":
            self._settings["max_completion_tokens"] = THOUGHT
        return True

    def _words(self, data: bytes) -> str:
        """What the server says of its error, in short and without the key."""
        told = self._error(data)
        words = told.get("message") if isinstance(told, dict) else told
        text = " ".join(words.split()) if isinstance(words, str) else "no reason given"
        text = "".join(c if c.isprintable() else "�" for c in text)
        if self._key:
            text = text.replace(self._key, "…")
        text = re.sub(r"\b(sk|key)-\S+", "…", text)  # some servers repeat a part of it
        return text[:_SHOWN]

    @staticmethod
    def _error(data: bytes) -> object:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return found.get("error") if isinstance(found, dict) else None


def _read(data: bytes, calls: int) -> Opinion:
    """The verdict in a reply that came."""
    try:
        reply = json.loads(data)
        content = reply["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        return _failed("the reply is not of the OpenAI protocol", calls, 0.0)
    usage = reply.get("usage")
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    verdict = _SAID.get(content.strip()) if isinstance(content, str) else None
    if verdict is None:
        return Opinion(
            "unknown", "gave no verdict", calls=calls, prompt_tokens=read, reply_tokens=written
        )
    return Opinion(verdict, calls=calls, prompt_tokens=read, reply_tokens=written)


def _count(usage: object, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None


def _passes(status: int) -> bool:
    """Whether an error of this kind may be gone at the next try."""
    return status in (408, 409, 425, 429) or status >= 500


def _retry_after(value: str | None) -> float:
    """Seconds that a server asks to wait: it gives them, or a date (RFC 9110, 10.2.3)."""
    if not value:
        return 0.0
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value.strip(), re.ASCII):
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _failed(why: str, calls: int, again: float | None) -> Opinion:
    return Opinion("unknown", f"not judged: {why}", True, again, calls)
