import json
import shlex
import sys
from pathlib import Path
from typing import Any

from mcp.client.stdio import StdioServerParameters

from tests.docs.snippets import Runner, page
from tests.rag.mcp.talking import fields, talked, talked_over_http

TOOLS = ["search", "get_paragraph", "get_article", "ask"]


async def listed(client: Any) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


def test_the_page(run: Runner, place: Path) -> None:
    mcp = page("mcp")
    ran = run(mcp, not_run=("claude mcp add",))
    assert [one["article"] for one in ran.names["found"]["results"]][0] == "a0e83bc8a333fd5c4"
    assert ran.names["answer"]["sentences"][0]["support"] == "supported"

    common, vscode, zed, http = ran.take("json")
    codex, codex_http = ran.take("toml")
    (added,) = [
        line for block in mcp.of("sh") for line in block.text.splitlines() if "claude" in line
    ]
    started = [
        common["mcpServers"]["yinzheng"],
        vscode["servers"]["yinzheng"],
        zed["context_servers"]["yinzheng"],
        codex["mcp_servers"]["yinzheng"],
    ]
    words = shlex.split(added)
    assert words[:5] == ["claude", "mcp", "add", "yinzheng", "--"]
    started.append({"command": words[5], "args": words[6:]})
    # All of them start the same, so that one start tries them all.
    commands = {json.dumps([one["command"], *one["args"]]) for one in started}
    assert len(commands) == 1
    command, *arguments = json.loads(commands.pop())
    assert command == "/path/to/python"
    arguments = [word.replace("/path/to/my-store", str(place / "my-store")) for word in arguments]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment)
    assert talked(server, listed, mode="auto") == TOOLS

    over_http = http["mcpServers"]["yinzheng"]
    assert codex_http["mcp_servers"]["yinzheng"] == {
        "url": over_http["url"],
        "bearer_token_env_var": "RAG_API_KEY",
    }
    url = over_http["url"].replace("8765", str(run.ports[8765]))
    answer = talked_over_http(
        url,
        over_http["headers"],
        lambda client: client.call_tool("ask", {"question": "How many steel hangers have cracks?"}),
        mode="auto",
    )
    assert "17 of its 96 steel hangers" in fields(answer)["answer"]
    ran.finish()
