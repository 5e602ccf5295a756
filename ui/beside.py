"""The API beside the chat: one address, two applications, each with a guard of its own."""

from starlette.types import ASGIApp, Receive, Scope, Send

from rag.serve.guard import route_path

PLACE = "/api"  # where the API stands


class Beside:
    """Sends what is asked for under `PLACE` to the API, everything else to the chat.

    It stands in front of the chat's layers: a password that was given in the chat opens nothing
    of the API, and a key of the API nothing of the chat.
    """

    def __init__(self, app: ASGIApp, *, api: ASGIApp) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket") or not _below(route_path(scope)):
            await self._app(scope, receive, send)
            return
        # As Starlette mounts applications: the path stays whole, its root is longer.
        below = {**scope, "root_path": scope.get("root_path", "") + PLACE}
        await self._api(below, receive, send)


def _below(path: str) -> bool:
    return path == PLACE or path.startswith(f"{PLACE}/")
