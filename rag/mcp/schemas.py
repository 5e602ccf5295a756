"""JSON schemas as simple as clients like them."""

from typing import Any


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references, generated titles and defaults that mean nothing.

    Several clients hand schemas on to models that know none of these.
    """
    found: dict[str, Any] = _plain(schema, schema.get("$defs", {}))
    found.pop("description", None)  # of the class; the tool has its own
    return found


def _plain(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_plain(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        named = definitions[node["$ref"].rpartition("/")[2]]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return _plain(
            {**{k: v for k, v in named.items() if k != "description"}, **rest}, definitions
        )
    return {
        key: _plain(value, definitions)
        for key, value in node.items()
        if key != "$defs"
        and not (key == "title" and isinstance(value, str))  # a property may have this name
        and not (key == "default" and value in (None, ""))
    }
