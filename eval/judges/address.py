"""Where a judge behind an address lives, and whether asking it sends texts away."""

import ipaddress
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rag.errors import InputError

KEYS = ("YINZHENG_JUDGE_KEY", "OPENAI_API_KEY")

_NAME = re.compile(r"(?P<model>.+?)@(?P<base>https?://.+)", re.IGNORECASE)
_FORM = "openai:MODEL@ADDRESS, for example openai:qwen3@http://127.0.0.1:8080/v1"


@dataclass(frozen=True)
class Address:
    """A model behind a server that speaks the OpenAI protocol.

    Attributes:
        model: what the server calls it.
        base: the address up to `/v1`, without a slash at its end.
        host: its host alone.
    """

    model: str
    base: str
    host: str

    @property
    def loopback(self) -> bool:
        """Whether the server is this computer."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def encrypted(self) -> bool:
        """Whether nobody on the way can read what is sent."""
        return self.base.startswith("https:")


def read_address(name: str) -> Address:
    """The address in `MODEL@ADDRESS`; without a path it is that of `/v1`.

    Raises:
        InputError: it has another form, or holds what would be kept in files: a password, a query.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise InputError(f"openai:{_without_password(name)} names no judge; give {_FORM}")
    try:
        parts = urlsplit(match["base"])
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"the judge's address cannot be read ({error}); give {_FORM}") from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError(
            "the judge's address may have no password, ? or #, for it is kept in the run's files; "
            f"give the key in {KEYS[0]}"
        )
    if not host:
        raise InputError(f"the judge's address has no host; give {_FORM}")
    shown = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/") or "/v1"
    base = f"{parts.scheme.lower()}://{shown}{f':{port}' if port else ''}{path}"
    return Address(match["model"], base, host)


def key_from_environment() -> str | None:
    """The key to show the server, if there is one.

    Raises:
        InputError: it has characters that no header can have.
    """
    for name in KEYS:
        key = os.environ.get(name, "").strip()
        if key:
            if not (key.isascii() and key.isprintable()):
                raise InputError(f"{name} holds characters that no key has; set it anew")
            return key
    return None


def _without_password(name: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", name)
