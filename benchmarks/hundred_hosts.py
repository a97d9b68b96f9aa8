"""A crawl of 100 papers at once: ``python -m benchmarks.hundred_hosts [HOSTS [ARTICLES]]``.

Every host has its own loopback address and a feed of 40 articles of 150 KB or more, of which one in
twenty is about the topic; 0.2 s between two requests to a host. Prints the wall time, the peak memory
of the crawl and its workers together, and what was stored.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from spiders.demo.newspapers import Newspapers

DELAY_S = 0.2
PAGE_BYTES = 150_000
RELEVANT_EVERY = 20


class Server(ThreadingHTTPServer):
    """One server for all of 127.0.0.0/8; the host that was asked decides what is answered."""

    daemon_threads = True
    request_queue_size = 512


def page(title: str, paragraphs: list[str], padding: str) -> bytes:
    text = "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
    body = f"<article><h1>{escape(title)}</h1>{text}</article>"
    head = f"<title>{escape(title)}</title><script>{padding}</script>"
    return f"<!DOCTYPE html><html lang=vi><meta charset=utf-8>{head}<body>{body}</html>".encode()


def load_pages() -> tuple[list[bytes], list[bytes]]:
    padding = "var a=[" + "1234567890," * (PAGE_BYTES // 11) + "];"
    with Newspapers() as newspapers:
        stories = newspapers.stories
    relevant = [page(one.title, list(one.paragraphs), padding) for one in stories if one.relevant]
    ordinary = [page(one.title, list(one.paragraphs), padding) for one in stories if not one.relevant]
    return relevant, ordinary


def serve(article_count: int) -> None:
    relevant, ordinary = load_pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers["Host"]
            if self.path == "/rss":
                links = (f"http://{host}/ban-tin-so-{n:05d}.html" for n in range(article_count))
                items = "".join(f"<item><link>{link}</link></item>" for link in links)
                body, kind = f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), "text/xml"
            elif self.path.startswith("/ban-tin-so-"):
                number = int(self.path[12:17])
                pages = ordinary if number % RELEVANT_EVERY else relevant
                body, kind = pages[(number + sum(host.encode())) % len(pages)], "text/html"
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("0.0.0.0", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def peak_memory(process: subprocess.Popen[str], stop: threading.Event) -> list[int]:
    """Return a list whose last number is the peak so far, in bytes, filled by a thread."""
    peak = [0]

    def watch() -> None:
        parent = psutil.Process(process.pid)
        while not stop.wait(0.2):
            try:
                family = [parent, *parent.children(recursive=True)]
                peak[0] = max(peak[0], sum(one.memory_info().rss for one in family))
            except psutil.NoSuchProcess:
                continue

    threading.Thread(target=watch, daemon=True).start()
    return peak


def main(host_count: int, article_count: int) -> None:
    command = [sys.executable, "-m", "benchmarks.hundred_hosts", "--serve", str(article_count)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "newspapers"
        sources.mkdir()
        for number in range(host_count):
            home = f"http://127.1.0.{number + 1}:{port}"
            (sources / f"bao-{number}.toml").write_text(
                f'id = "bao-{number}"\nname = "Báo {number}"\nhomepage = "{home}"\n'
                f'[[seeds]]\nkind = "feed"\nurl = "{home}/rss"\n[politeness]\ndelay_s = {DELAY_S}\n'
            )
        began = time.monotonic()
        crawl = subprocess.Popen(
            [sys.executable, "-P", "-m", "biengioi", "--sources", str(sources), "crawl", "--json"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stop = threading.Event()
        peak = peak_memory(crawl, stop)
        output, _ = crawl.communicate()
        stop.set()
        wall_s = time.monotonic() - began
    server.kill()
    report = json.loads(output)
    fetched = report["considered"] - report["pending"]
    print(f"{host_count} hosts, {fetched} articles: {wall_s:.1f} s wall, {fetched / wall_s:.0f} articles/s")
    print(f"peak of parent and workers together: {peak[0] / 1e6:.0f} MB")
    print({key: report[key] for key in ("stored", "duplicate", "rejected", "failed", "pending")})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(int(sys.argv[2]))
    else:
        hosts, articles = [*sys.argv[1:], "100", "40"][:2]
        main(int(hosts), int(articles))
