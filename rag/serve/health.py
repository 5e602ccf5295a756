"""GET /healthz and /readyz: whether the server lives, and whether questions are answered."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from rag.errors import StoreError
from rag.serve.schemas import Healthy, NotReady, Ready, errors
from rag.serve.service import Service

LONGEST_SILENCE = 120.0  # seconds without a sign of an answer after which it makes no progress

HEALTHZ, READYZ = "/healthz", "/readyz"


def routes(service: Service) -> APIRouter:
    """The two routes; neither needs a key."""
    router = APIRouter(tags=["health"])

    @router.get(
        HEALTHZ,
        operation_id="healthz",
        summary="Whether the server lives",
        responses=_errors(),
    )
    async def healthz() -> Healthy:
        """Always, while it answers at all."""
        return Healthy(ok=True)

    @router.get(
        READYZ,
        operation_id="readyz",
        summary="Whether questions are answered",
        response_model=Ready,
        responses={
            **_errors(),
            503: {"model": NotReady, "description": "No questions are answered, and why."},
        },
    )
    def readyz() -> JSONResponse:
        """The store is open, the language model (if there is one) ready and making progress."""
        reasons, number = _reasons(service), 0
        try:
            number = service.generation().number
        except StoreError:
            reasons.append("the store cannot be read")
        if reasons:
            return JSONResponse({"ready": False, "reasons": reasons}, 503)
        return JSONResponse({"ready": True, "generation": number})

    return router


def _reasons(service: Service) -> list[str]:
    """What keeps the server from answering, in fixed words."""
    if service.closing:
        return ["the server is being stopped"]
    with service.answering() as assistant:
        llm = assistant.llm
        if not getattr(llm, "ready", True):
            return ["the language model is not ready"]
        if getattr(llm, "silence", 0.0) > LONGEST_SILENCE:
            return ["the language model makes no progress"]
    return []


def _errors() -> dict[int | str, dict[str, object]]:
    found = errors()
    del found[401]  # no key is needed
    return found
