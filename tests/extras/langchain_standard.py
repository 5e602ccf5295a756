"""LangChain's own tests of retrievers and chat models; `tests/rag/adapters/test_extras.py` runs
them where nothing but yinzheng[langchain] and langchain-tests is installed.
"""

from pathlib import Path
from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests, RetrieversIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from rag import Assistant, Retriever
from rag.adapters.langchain import YinzhengAssistant, YinzhengRetriever
from tests.conftest import HashEmbedder


@pytest.fixture(autouse=True, scope="class")
def retriever_of_the_sample(request: pytest.FixtureRequest, sample_store: Path) -> None:
    request.cls.found = Retriever(sample_store, embedder=HashEmbedder())


class TestRetriever(RetrieversIntegrationTests):
    found: Retriever

    @property
    def retriever_constructor(self) -> type[YinzhengRetriever]:
        return YinzhengRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": self.found}

    @property
    def retriever_query_example(self) -> str:
        return "How long is the new bridge?"


class Model:
    found: Retriever

    @property
    def chat_model_class(self) -> type[YinzhengAssistant]:
        return YinzhengAssistant

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"assistant": Assistant(self.found)}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {}  # neither a temperature nor a length: the prompts are fixed

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def returns_usage_metadata(self) -> bool:
        return False  # without a language model there are no tokens


class TestModelUnits(Model, ChatModelUnitTests):
    @pytest.mark.xfail(strict=True, reason="options that do nothing are refused: streaming")
    def test_init_streaming(self) -> None:
        super().test_init_streaming()

    @pytest.mark.xfail(strict=True, reason="options that do nothing are refused: max_tokens")
    def test_standard_params(self, model: YinzhengAssistant) -> None:
        super().test_standard_params(model)


class TestModel(Model, ChatModelIntegrationTests):
    @pytest.mark.xfail(strict=True, reason="stop words are refused: what is quoted is quoted whole")
    def test_stop_sequence(self, model: YinzhengAssistant) -> None:
        super().test_stop_sequence(model)
