"""Many clients at once against a search over HTTP, by bare sockets, so that they cost little."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from eval.statistics import percentile


@dataclass
class Outcome:
    """What clients saw: milliseconds of each good answer, and what else came, counted."""

    times: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


async def loaded(
    port: int, questions: Sequence[str], *, k: int, clients: int, seconds: float, warm_up: float
) -> dict[str, object]:
    """So many clients that each ask again as soon as they are answered; what came of it.

    Answers that began within `warm_up` seconds are not counted.
    """
    outcome = Outcome()
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    requests = [_request(port, question, k) for question in questions]
    cpu = time.process_time()
    await asyncio.gather(
        *(
            _client(port, requests[n::clients] or requests, begin, end, outcome)
            for n in range(clients)
        )
    )
    cpu = time.process_time() - cpu
    return {
        "clients": clients,
        "searches a second": len(outcome.times) / seconds,
        "p50 ms": percentile(outcome.times, 0.5),
        "p95 ms": percentile(outcome.times, 0.95),
        "errors": sum(outcome.errors.values()),
        "which": dict(outcome.errors),
        "clients' cores": cpu / (seconds + warm_up),
    }


async def _client(
    port: int, requests: Sequence[bytes], begin: float, end: float, outcome: Outcome
) -> None:
    number = 0
    while time.perf_counter() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            outcome.errors[type(error).__name__] += 1
            await asyncio.sleep(0.05)
            continue
        try:
            while (start := time.perf_counter()) < end:
                writer.write(requests[number % len(requests)])
                number += 1
                status = await _answered(reader)
                if start >= begin:
                    _count(outcome, status, start)
        except (OSError, EOFError, ValueError) as error:
            outcome.errors[type(error).__name__] += 1
        finally:
            writer.close()


def _count(outcome: Outcome, status: str, start: float) -> None:
    if status == "200":
        outcome.times.append(1000 * (time.perf_counter() - start))
    else:
        outcome.errors[status] += 1


async def _answered(reader: asyncio.StreamReader) -> str:
    """Read one response whole; returns its status.

    Raises:
        ValueError: it does not tell its length.
        EOFError: the connection ended within it.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, told = head.lower().partition(b"\r\ncontent-length:")
    await reader.readexactly(int(told.split(b"\r\n", 1)[0]))
    return head.split(b" ", 2)[1].decode()


def _request(port: int, question: str, k: int) -> bytes:
    body = json.dumps({"question": question, "k": k}).encode()
    head = (
        f"POST /search HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
