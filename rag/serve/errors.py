"""What goes wrong, as the one form in which every route tells it."""

import logging
import traceback
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse

from rag.errors import ModelBusy, ModelError, QuestionError, StoreError, YinzhengError

log = logging.getLogger(__name__)

_KINDS = {
    401: "authentication_error",
    403: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class ApiError(Exception):
    """An answer that is an error: its status, a code for programs, words for people.

    Attributes:
        status: the HTTP status.
        code: what programs tell errors apart by, like "question_too_long".
        message: words that name no path and repeat nothing that was sent.
        param: the field that is to blame, if one is.
        retry_after: seconds after which another try makes sense, if that is known.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after = retry_after

    @property
    def kind(self) -> str:
        """The kind of error, in the words of the OpenAI API, whose clients look at it."""
        default = "server_error" if self.status >= 500 else "invalid_request_error"
        return _KINDS.get(self.status, default)

    def to_json(self) -> dict[str, Any]:
        """The error as every route sends it; "retry_after" only where it is known."""
        error: dict[str, Any] = {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }
        if self.retry_after is not None:
            error["retry_after"] = self.retry_after
        return {"error": error}

    def response(self, *, close: bool = False) -> JSONResponse:
        """The error as a response; `close` ends the connection behind it."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if close:
            headers["Connection"] = "close"
        return JSONResponse(self.to_json(), self.status, headers)


def told(error: Exception, request_id: str) -> ApiError:
    """What the caller is told of an error; what only the operator may know goes to the log.

    Args:
        error: whatever was raised on the way to an answer.
        request_id: by which the log line can be found again.
    """
    if isinstance(error, ApiError):
        return error
    if isinstance(error, QuestionError):
        return ApiError(422, "question_invalid", str(error), "question")
    if isinstance(error, ModelBusy):
        words = f"the language model is busy; try again in {error.seconds} s"
        return ApiError(429, "model_busy", words, retry_after=error.seconds)
    log.error("request %s: %s", request_id, _place(error))
    why = f"the server's log says more under {request_id}"
    if isinstance(error, ModelError):
        return ApiError(503, "model_unavailable", f"the language model cannot answer now; {why}")
    if isinstance(error, StoreError):
        return ApiError(503, "store_unavailable", f"the store cannot be read now; {why}")
    return ApiError(500, "internal_error", f"the server failed; {why}")


def request_id_of(scope: Any) -> str:
    """The id that `rag.serve.guard.Requests` gave a request; "" without that layer."""
    found: str = scope.get("state", {}).get("request_id", "")
    return found


def _place(error: Exception) -> str:
    """The kind of error, and its words if they are ours; else where it happened.

    The words of other errors may hold what was asked.
    """
    if isinstance(error, YinzhengError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
