"""Cited answers as LangChain's chat model."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field

from rag.adapters.langchain.limits import ASK, overridden
from rag.adapters.langchain.messages import Chunks, asked, message
from rag.adapters.limits import checked, positive
from rag.answer import Event
from rag.assistant import Assistant
from rag.errors import QuestionError

_LIMITS = ("k", "since", "until", "sources", "articles")


class YinzhengAssistant(BaseChatModel):
    """Answers the last message from the articles, or says that they do not tell.

    Made over a `rag.Assistant`. The limits are those of `rag.Assistant.ask`; each call may give
    others: `model.invoke(question, k=3, since="2031")`. Earlier messages are the conversation that
    the question may lean on.

    Each sentence of an answer is a text block, with its verdict in "extras" and its citations as
    standard annotations, whose indices say which words of the block they prove. An abstention is
    one text block without. `response_metadata` holds "abstained", "hits" and more of
    `Answer.to_json`. Streams bring whole sentences, for only these are checked.

    What the language model is told is fixed: messages of the system are passed over, stop words
    refused, and there are no tools (`bind_tools` raises NotImplementedError).

    Raises:
        QuestionError: a limit has another form; when asked, that the question cannot be used.
        ModelError: when asked, that the language model failed.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    assistant: Assistant = Field(exclude=True, repr=False)
    k: int = 8
    since: str | None = None
    until: str | None = None
    sources: Sequence[str] = ()
    articles: Sequence[str] = ()

    def model_post_init(self, context: Any, /) -> None:
        """Check the limits."""
        positive(k=self.k)
        checked(self.since, self.until, self.sources, self.articles)

    @property
    def _llm_type(self) -> str:
        return "yinzheng"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What an answer hangs on; LangChain's cache keeps answers by it."""
        asked, store = self.assistant, self.assistant.retriever.store
        return {
            **self._limits(),
            "llm": asked.llm_name,
            "answer_style": asked.answer_style,
            "unsupported": asked.unsupported,
            "judge": asked.judge.name if asked.judge else None,
            "store": str(store.folder),
            "generation": store.current().number,
        }

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        told = super()._get_ls_params(stop=stop, **kwargs)
        told["ls_provider"] = "yinzheng"
        told.setdefault("ls_model_name", self.assistant.llm_name)
        return told

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        question, options = self._asked(messages, stop, kwargs)
        answer = self.assistant.ask(question, **options)
        return ChatResult(generations=[ChatGeneration(message=message(answer))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        question, options = self._asked(messages, stop, kwargs)
        answer = await self.assistant.aask(question, **options)
        return ChatResult(generations=[ChatGeneration(message=message(answer))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        question, options = self._asked(messages, stop, kwargs)
        chunks = Chunks()
        stream = cast(Generator[Event, None, None], self.assistant.stream(question, **options))
        with closing(stream) as events:  # who leaves stops the language model
            for event in events:
                for chunk in chunks.of(event):
                    yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        question, options = self._asked(messages, stop, kwargs)
        chunks = Chunks()
        stream = cast(AsyncGenerator[Event, None], self.assistant.astream(question, **options))
        async with aclosing(stream) as events:
            async for event in events:
                for chunk in chunks.of(event):
                    yield ChatGenerationChunk(message=chunk)

    def _limits(self) -> dict[str, Any]:
        fields = self.__dict__
        return {name: fields[name] for name in _LIMITS}

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, given: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        if stop:
            raise QuestionError("an answer cannot be stopped at words; leave `stop` out")
        given = {name: value for name, value in given.items() if name != "stream"}
        question, history = asked(messages)
        return question, {"history": history, **overridden(self._limits(), given, ASK)}
