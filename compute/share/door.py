"""The board's HTTP door: results come in from the command line and the notebook.

`POST /board/{code}` takes the CSV as it is and answers `{"sentence": …, "added": …, "already": …, "apart": …}`;
`GET /board/{code}` answers `{"name": …, "revision": …, "ends_at": …, "closed": …}`. Every refusal has a `sentence`,
too. Scripts of other web pages cannot use the door: it allows no other origin.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from compute.share.board import Boards

log = logging.getLogger(__name__)

SWEEP_S = 3600.0
BODY_S = 60.0
"""A sender that needs longer for its file is let go."""


async def door(request: Request) -> JSONResponse:
    """Answers one request; whatever goes wrong is a sentence."""
    from compute.share.board import BoardProblem

    try:
        if request.method == "POST":
            return JSONResponse(await _post(request))
        if request.method in ("GET", "HEAD"):
            return JSONResponse(await run_in_threadpool(_look, request.path_params["code"]))
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
    if problem.status == 413:
        headers["Connection"] = "close"  # the rest of the file is not read
    return JSONResponse({"sentence": str(problem)}, problem.status, headers)


async def _post(request: Request) -> dict[str, Any]:
    content = await _body(request)
    sender = request.client.host if request.client else ""
    return await run_in_threadpool(_store, request.path_params["code"], content, sender)


def _store(code: str, content: bytes, sender: str) -> dict[str, Any]:
    receipt = _boards().post(code, content, sender)
    counts = {"added": receipt.added, "already": receipt.already, "apart": receipt.apart}
    return {"sentence": receipt.sentence, "run_ids": receipt.run_ids, **counts}


def _look(code: str) -> dict[str, Any]:
    boards = _boards()
    board = boards.find(code)
    about = {"code": board.code, "name": board.name, "closed": board.closed, "ends_at": f"{board.ends_at.isoformat()}"}
    return {**about, "revision": boards.revision(code)}


async def _body(request: Request) -> bytes:
    """What was sent. Raises BoardProblem 413 as soon as it is known to be too large, and 408 if it comes too slowly."""
    from compute.share.board import MAX_BYTES, BoardProblem, too_large

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


def _boards() -> Boards:
    """Only here, in a thread: the database's library is not loaded before somebody asks for a board."""
    from compute.share.board import boards

    return boards()


routes = [Route("/board/{code}", door, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])]


@asynccontextmanager
async def sweeping() -> AsyncIterator[None]:
    """While the server runs, boards whose time is over are deleted: at its start, then every hour."""
    task = asyncio.create_task(_sweep_hourly())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep_hourly(sweep: Callable[[], int] | None = None) -> None:
    while True:
        try:
            await run_in_threadpool(sweep or (lambda: _boards().sweep()))
        except Exception as problem:  # the next hour may be better
            log.warning("Ended boards could not be deleted: %s", problem)
        await asyncio.sleep(SWEEP_S)
