"""The whole page: the talk, the rooms and the API beside it, and the guard in front."""

from pathlib import Path

from fastapi import FastAPI
from platformdirs import user_data_path

from rag import Assistant
from rag.serve.app import create_api
from rag.serve.service import Service
from ui.app import build_app
from ui.articles import drawer as articles_drawer
from ui.articles import routes as articles_routes
from ui.articles.library import Library
from ui.chats import drawer as chats_drawer
from ui.chats import routes as chats_routes
from ui.chats.feedback import Feedback
from ui.chats.store import Chats
from ui.models import drawer as models_drawer
from ui.models import routes as models_routes
from ui.models.choice import ModelChoice
from ui.reading import routes as reading_routes
from ui.server import create_web
from ui.shell import routes as shell_routes


def default_chats() -> Path:
    """Where chats are kept unless another file is given: in the user's data folder."""
    return user_data_path("yinzheng", appauthor=False) / "chats.sqlite"


def create_site(
    assistant: Assistant,
    chats: Chats,
    *,
    llm: str | None = None,
    manage: bool = True,
    hosts: tuple[str, ...],
    password: str | None = None,
    api: bool = False,
    key: str | None = None,
) -> FastAPI:
    """The web application over an assistant.

    Args:
        assistant: what answers at first; its language model belongs to the site from now on.
        chats: where chats and feedback are kept.
        llm: the name that the assistant's language model was opened by.
        manage: whether readers may add and remove articles and choose what answers.
        hosts: names under which it may be called ("*" is any).
        password: asked for before anything of the chat is shown, if given.
        api: whether other programs may ask under /api. The password is not asked for there.
        key: what they have to send, if anything.
    """
    choice = ModelChoice(assistant, name=llm)
    retriever = assistant.retriever
    store = retriever.store
    held = Library(store, retriever.embedder, folder=store.folder) if manage else store

    def drawers(code: str) -> str:
        return (
            articles_drawer.render_drawer(code, manage=manage)
            + models_drawer.render_drawer(code)
            + chats_drawer.render_drawer(code)
        )

    return create_web(
        build_app(choice, chats),
        hosts=hosts,
        password=password,
        routers=(
            shell_routes(
                retriever,
                lambda: choice.assistant.llm_name,
                chats,
                drawers,
                locked=password is not None,
            ),
            articles_routes.routes(held, manage=manage),
            reading_routes.routes(store.current),
            models_routes.routes(choice, manage=manage),
            chats_routes.routes(chats, Feedback(chats), manage=manage),
        ),
        api=create_api(Service(retriever, choice.answering), hosts=hosts, key=key) if api else None,
    )
