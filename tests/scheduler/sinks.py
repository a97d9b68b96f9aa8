"""Where alerts arrive in tests: a mail server and a web server on loopback, and a program's folder."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailServer:
    """Takes messages by SMTP (RFC 5321); `refuses` makes it say no to each."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.commands: list[str] = []
        self.refuses = False
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 sink ready")
                for line in self.rfile:
                    text = line.decode().strip()
                    sink.commands.append(text)
                    match text.partition(" ")[0].upper():
                        case "EHLO" | "HELO":
                            self.say("250-sink", "250 AUTH PLAIN LOGIN")
                        case "AUTH":
                            self.say("235 welcome")
                        case "DATA":
                            self.say("354 go on")
                            sink.messages.append(self.read_message())
                            self.say("250 taken")
                        case "RCPT" if sink.refuses:
                            self.say("550 secret words of the server")
                        case "QUIT":
                            self.say("221 bye")
                            return
                        case "STARTTLS":
                            self.say("502 not here")
                        case _:
                            self.say("250 ok")

            def say(self, *lines: str) -> None:
                self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

            def read_message(self) -> EmailMessage:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                return message_from_bytes(b"".join(lines), policy=policy.default)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]


class WebServer:
    """Takes JSON documents by POST; `status` is what it answers."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.status = 200
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if sink.status == 200:
                    sink.documents.append(json.loads(body))
                self.send_response(sink.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                """Tests print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self.server.server_address[1]


@contextmanager
def serving(sink: MailServer | WebServer) -> Iterator[None]:
    """Have the sink take what comes, until the block ends."""
    thread = threading.Thread(target=sink.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        sink.server.shutdown()
        sink.server.server_close()
        thread.join()
