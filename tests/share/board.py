"""A real HTTP server that takes posts and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


class Board:
    """A server that gives the answers in turn, the last one for ever; keeps what was posted."""

    def __init__(self, *answers: Answer) -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        board = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                board.posts.append((self.path, dict(self.headers), body))
                status, headers, content = answers[min(len(board.posts), len(answers)) - 1]
                if status == 0:  # hang up instead of answering
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def serving(*answers: Answer) -> Iterator[Board]:
    board = Board(*answers)
    thread = threading.Thread(target=board.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield board
    finally:
        board.server.shutdown()
        board.server.server_close()
        thread.join()


def says(status: int, content: object = None, **headers: str) -> Answer:
    body = b"" if content is None else json.dumps(content).encode()
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, body
