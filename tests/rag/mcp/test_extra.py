"""The server where nothing but its extra is installed, and where that is not."""

from tests.extras.only import run

_SERVES = """
from rag import Assistant
from rag.mcp.http import create_http
from rag.mcp.server import create_server
class Retriever:
    store = None
server = create_server(Retriever(), lambda: Assistant(Retriever()))
print(type(create_http(server, host="127.0.0.1", key="x" * 16)).__name__)
"""


def test_the_extra_is_all_that_it_needs() -> None:
    done = run("mcp", "-c", _SERVES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Requests\n", "")


def test_what_is_missing_is_named_with_its_remedy() -> None:
    done = run("", "-m", "rag", "mcp", "--store", "nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        'error: the library of the protocol is missing; install it by pip install "yinzheng[mcp]"\n'
    )
