"""The board's HTTP door: results come in from the command line and the notebook.

`POST /board/{code}` takes the CSV as it is and answers `{"sentence": …, "added": …, "already": …, "apart": …}`;
`GET /board/{code}` answers `{"name": …, "revision": …, "ends_at": …, "closed": …}`. Every refusal has a `sentence`,
too. It is no door for scripts of web pages: whatever says an origin, as browsers do, is refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from compute.share import board
from compute.share.board.nouns import MAX_BYTES, BoardProblem, too_large
from compute.share.shelf import shelf

log = logging.getLogger(__name__)

_WORKERS = ThreadPoolExecutor(8, "board")
"""Threads of the board's own: a database that hangs keeps nobody else waiting."""

SWEEP_S = 3600.0
BODY_S = 60.0
"""A sender that needs longer for its file is let go."""


async def door(request: Request) -> JSONResponse:
    """Answers one request; whatever goes wrong is a sentence."""
    try:
        if "origin" in request.headers:
            raise BoardProblem(403, "This door is not for scripts of web pages. Upload the file on the board's page.")
        if request.method == "POST":
            return JSONResponse(await _post(request))
        if request.method in ("GET", "HEAD"):
            return JSONResponse(await _in_thread(_look, request.path_params["code"], _sender(request)))
        problem = BoardProblem(405, "The board's door knows POST for results and GET for what board it is.")
        return _refusal(problem, {"Allow": "GET, HEAD, POST"})
    except BoardProblem as problem:
        return _refusal(problem)
    except Exception:
        log.exception("The board's door")
        return _refusal(BoardProblem(500, "The board made a mistake and stored nothing. Its log says more."))


def _refusal(problem: Any, headers: dict[str, str] | None = None) -> JSONResponse:
    headers = headers or {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(problem.retry_after_s + 0.5)))
    return JSONResponse({"sentence": str(problem)}, problem.status, headers)


async def _post(request: Request) -> dict[str, Any]:
    content = await _body(request)
    answer: dict[str, Any] = await _in_thread(_store, request.path_params["code"], content, _sender(request))
    return answer


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, work, *arguments)


def _sender(request: Request) -> str:
    """The address to which limits apply. Who has IPv6 has 2^64 addresses: they count as one."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


def _store(code: str, content: bytes, sender: str) -> dict[str, Any]:
    receipt = board.boards().post(code, content, sender)
    counts = {"added": receipt.added, "already": receipt.already, "apart": receipt.apart}
    return {"sentence": receipt.sentence, "run_ids": receipt.run_ids, **counts}


def _look(code: str, sender: str) -> dict[str, Any]:
    found, revision = board.boards().look(code, sender)
    about = {"code": found.code, "name": found.name, "closed": found.closed, "ends_at": found.ends_at.isoformat()}
    return {**about, "revision": revision}


async def _body(request: Request) -> bytes:
    """What was sent. Raises BoardProblem 413 as soon as it is known to be too large, and 408 if it comes too slowly.

    What then still comes is dropped by the server as it comes, so that the sender gets to reading the answer.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > MAX_BYTES:
        raise too_large(int(told))
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise too_large(len(content))
    except TimeoutError:
        raise BoardProblem(408, "The file came too slowly, so nothing was stored. Send it again.") from None
    except ClientDisconnect:
        raise BoardProblem(400, "The file broke off, so nothing was stored.") from None
    return bytes(content)


def routes(base: str) -> list[Route]:
    """The door's routes, for a dashboard under the path `base`; "" = at the top."""
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    prefix = f"/{base.strip('/')}" if base.strip("/") else ""
    return [Route(f"{prefix}/board/{{code}}", door, methods=methods)]


@asynccontextmanager
async def sweeping() -> AsyncIterator[None]:
    """While the server runs, boards and shared comparisons past their time are deleted: at its start, then hourly."""
    task = asyncio.create_task(_sweep_hourly())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_hourly() -> None:
    while True:
        await _in_thread(shelf().sweep)
        try:
            await _in_thread(board.sweep)
        except BoardProblem as problem:  # the next hour may be better
            log.warning("Ended boards could not be deleted: %s", problem)
        await asyncio.sleep(SWEEP_S)
