"""Servers that fail: each fault has its own outcome, and the numbers still add up."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
import psutil
import pytest
from backports import zstd
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.biengioi.program import Program
from tests.mockserver import Answer, Request, Route, Site, sites

QUICK = {
    "BIENGIOI_FETCH_TIMEOUT_S": "1.5",
    "BIENGIOI_FETCH_RETRIES": "0",
    "BIENGIOI_FETCH_MAX_BYTES": "200000",
    "BIENGIOI_FETCH_BACKOFF_S": "0.05",
    "BIENGIOI_FETCH_MAX_PAUSE_S": "1",
}


def outcomes(program: Program, routes: Sequence[Route]) -> list[str]:
    """Return how one crawl booked the only article of each of so many papers, whose address answers so."""
    with sites(len(routes)) as papers:
        for number, (site, route) in enumerate(zip(papers, routes, strict=True)):
            url = f"{site.url}/bai-1.html"
            feed = f'<rss version="2.0"><channel><item><link>{url}</link></item></channel></rss>'
            site.routes = {"/rss": Answer(feed, content_type="text/xml"), "/bai-1.html": route}
            program.add_source(
                f"bao-{number}", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n'
            )
        run = program.run("crawl", "--json", **{**QUICK, "BIENGIOI_FETCH_TIMEOUT_S": "3"})  # they are many
    assert "Traceback" not in run.stderr
    booked = []
    for number in range(len(routes)):
        report = run.json["sources"][f"bao-{number}"]
        assert (report["considered"], list(report["seeds"].values())) == (1, ["ok"])
        (reason,) = [*report["failed"], *report["rejected"], *(["pending"] if report["pending"] else [])]
        booked.append(str(reason))
    return booked


def raw(*parts: bytes, pause_s: float = 0.0) -> Route:
    """An answer written byte for byte, with a pause after each part."""

    def write(_: Request, handler: BaseHTTPRequestHandler) -> None:
        for part in parts:
            try:
                handler.wfile.write(part)
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(pause_s)

    return write


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
STORY = "".join(f"<p>Đoạn {number} của bản tin.</p>" for number in range(99)).encode()
BIG = b"<p>" + b"a" * 5_000_000


FAULTS: list[tuple[Route, str]] = [
    (Answer("", 404), "not_found"),
    (Answer("", 410), "gone"),
    (Answer("", 403), "blocked"),
    (Answer("", 451), "blocked"),
    (Answer("", 400), "client_error"),
    (Answer("", 500), "server_error"),
    (Answer("", 503), "server_error"),
    (Answer("", 503, {"Retry-After": "60"}), "pending"),
    (Answer("", 429), "pending"),
    (Answer("", 304), "bad_response"),
    (raw(HEAD + b"Content-Length: 100\r\n\r\n", b"ngan"), "truncated"),
    (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nabcde\r\n"), "truncated"),
    (raw(b"khong phai http\r\n\r\n"), "connection_lost"),
    (raw(b""), "connection_lost"),
    (raw(b"", pause_s=6.0), "timed_out"),
    (raw(HEAD + b"\r\n", *[b"x"] * 80, pause_s=0.1), "timed_out"),
    (raw(HEAD + b"Content-Length: 900000000\r\n\r\n", b"x" * 1000, pause_s=0.2), "too_large"),
    (Answer(BIG), "too_large"),
    (Answer(gzip.compress(BIG, mtime=0), headers={"Content-Encoding": "gzip"}), "too_large"),
    (Answer(zlib.compress(BIG), headers={"Content-Encoding": "deflate"}), "too_large"),
    (Answer(brotli.compress(BIG, quality=5), headers={"Content-Encoding": "br"}), "too_large"),
    (Answer(zstd.compress(BIG), headers={"Content-Encoding": "zstd"}), "too_large"),
    (raw(HEAD + b"\r\n", *[b"x" * 65_536] * 200), "too_large"),
    *(
        (Answer(b"khong phai the", headers={"Content-Encoding": coding}), "bad_response")
        for coding in ("gzip", "deflate", "br", "zstd", "zstd, gzip")
    ),
    (Answer(gzip.compress(STORY, mtime=0)[:-20], headers={"Content-Encoding": "gzip"}), "truncated"),
    (Answer(zlib.compress(STORY)[:-20], headers={"Content-Encoding": "deflate"}), "truncated"),
    (Answer(brotli.compress(STORY)[:-20], headers={"Content-Encoding": "br"}), "truncated"),
    (Answer(zstd.compress(STORY)[:-20], headers={"Content-Encoding": "zstd"}), "truncated"),
    (Answer(STORY[:500], 206, {"Content-Range": "bytes 0-499/9999"}), "truncated"),
    (Answer(b"loi", 404, {"Content-Encoding": "br"}), "not_found"),
    *(
        (Answer(b"", 302, {"Location": location}), "bad_redirect")
        for location in (
            "http://[::1",
            "http://a:cong/",
            "//[oops]/",
            "http://",
            "mailto:a@b.vn",
            "about:blank",
        )
    ),
    (raw(HEAD + b"ETag: \x01\r\nDate: \xff\r\nAge: " + b"9" * 99 + b"\r\n\r\n"), "not_html"),
    (raw(b"HTTP/1.1 429 x\r\nRetry-After: Mon, 01 Jan 99999999999 00:00:00 GMT\r\n\r\n"), "pending"),
    (Answer(b"\x89PNG\r\n\x1a\n", content_type="image/png"), "not_html"),
    (Answer(b"", content_type="text/html"), "not_html"),
]


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How a crawl of as many papers as there are faults booked each."""
    return outcomes(Program(tmp_path_factory.mktemp("faults")), [route for route, _ in FAULTS])


@pytest.mark.parametrize("number", range(len(FAULTS)))
def test_each_fault_has_its_outcome(booked: list[str], number: int) -> None:
    assert booked[number] == FAULTS[number][1]


def test_a_seed_that_is_not_modified_unasked_is_no_success(program: Program) -> None:
    with Site() as site:
        site.routes = {"/rss": Answer("", 304), "/": Answer("", 304)}
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        run = program.run("crawl", "--json")
        assert (run.status, run.json["sources"]["bao"]["status"]) == (1, "failed")
        assert "HTTP 304, which was not asked for" in run.json["sources"]["bao"]["message"]
        assert "HTTP 304, which was not asked for" in program.run("sources", "check").stdout


@pytest.mark.parametrize("ending", ["", "?ck=1"])
def test_a_cookie_wall_names_the_cookie_and_the_key(program: Program, ending: str) -> None:
    def wall(request: Request, _: BaseHTTPRequestHandler) -> Answer:
        if "phien=1" in request.headers.get("Cookie", ""):
            return Answer('<rss version="2.0"><channel></channel></rss>', content_type="text/xml")
        to = "/rss" if request.path.endswith("?ck=1") else f"/rss{ending}"
        return Answer("", 302, {"Location": to, "Set-Cookie": "phien=1; Path=/; HttpOnly"})

    with Site() as site:
        site.routes = {"/rss": wall, "/rss?ck=1": wall}
        seed = f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n'
        program.add_source("tat", site.url, seed)
        run = program.run("crawl", "--json")
        assert run.json["sources"]["tat"]["seeds"] == {f"{site.url}/rss": "redirect_loop"}
        for said in (run.json["sources"]["tat"]["message"], program.run("sources", "check", "tat").stdout):
            assert "the cookie phien: write cookies = true under [fetch]" in said
        program.add_source("tat", site.url, f"{seed}\n[fetch]\ncookies = true\n")
        assert program.run("crawl", "--json").json["sources"]["tat"]["seeds"] == {f"{site.url}/rss": "ok"}


def test_a_home_page_that_only_sends_on_names_its_target(program: Program) -> None:
    with Site() as site:
        refresh = '<html><head><meta http-equiv="refresh" content="0; url=/vi/"></head><body></body></html>'
        site.routes["/"] = Answer(refresh)
        program.add_source("bao", site.url)
        run = program.run("crawl", "--json")
        assert (run.status, set(run.json["sources"]["bao"]["seeds"].values())) == (1, {"bad_redirect"})
        assert f"{site.url}/vi/" in run.json["sources"]["bao"]["message"]
        assert f"{site.url}/vi/" in program.run("sources", "check").stdout
        assert f"{site.url}/vi/" in program.run("sources", "add", site.url).stderr


def test_a_chain_of_redirects_has_one_deadline(program: Program) -> None:
    def slow(request: Request, _: BaseHTTPRequestHandler) -> Answer:
        time.sleep(0.6)
        number = int(request.path[5:-5]) + 1
        return Answer("", 302, {"Location": f"/bai-{number}.html"})

    with Site() as site:
        url = f"{site.url}/bai-1.html"
        feed = f'<rss version="2.0"><channel><item><link>{url}</link></item></channel></rss>'
        site.routes = {"/rss": Answer(feed, content_type="text/xml")}
        site.routes |= {f"/bai-{number}.html": slow for number in range(1, 6)}
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        assert program.run("crawl", "--json", **QUICK).json["failed"] == {"timed_out": 1}
        assert len([path for path in site.paths if path.startswith("/bai-")]) <= 3  # of 1.5 s


def test_a_robots_txt_that_never_ends_is_no_permission(program: Program) -> None:
    with Site() as site:
        site.routes = {
            "/robots.txt": raw(HEAD + b"\r\n", *[b"#"] * 60, pause_s=0.1),
            "/": Answer("<html></html>"),
        }
        program.add_source("bao", site.url)
        run = program.run("crawl", "--json", **QUICK)
        assert run.status == 1
        assert set(run.json["sources"]["bao"]["seeds"].values()) == {"timed_out"}
        assert "/" not in site.paths


def test_a_dead_port_is_a_refused_connection(program: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    program.add_source("bao", f"http://127.0.0.1:{port}")
    run = program.run("crawl", "--json")
    assert run.status == 1
    assert run.json["sources"]["bao"]["seeds"] == {f"http://127.0.0.1:{port}": "connection_refused"}
    assert "unreachable" in run.json["sources"]["bao"]["message"]


@pytest.fixture
def https_port(tmp_path: Path) -> Iterator[int]:
    """A server whose certificate nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "server.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_an_unverifiable_certificate_is_refused(program: Program, https_port: int) -> None:
    program.add_source("bao", f"https://localhost:{https_port}")
    run = program.run("crawl", "--json")
    assert run.status == 1
    assert set(run.json["sources"]["bao"]["seeds"].values()) == {"tls_failed"}


def test_an_address_that_speaks_of_certificates_says_nothing_about_tls(program: Program) -> None:
    """The words of a time-out quote the address; only the error's kind may be believed."""
    with Site() as site:
        url = f"{site.url}/chung-chi-ssl-certificate.html"
        feed = f'<rss version="2.0"><channel><item><link>{url}</link></item></channel></rss>'
        site.routes = {"/rss": Answer(feed, content_type="text/xml")}
        site.routes["/chung-chi-ssl-certificate.html"] = raw(b"", pause_s=4.0)
        program.add_source("bao", site.url, f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/rss"\n')
        assert program.run("crawl", "--json", **QUICK).json["failed"] == {"timed_out": 1}


def test_one_dead_seed_among_others_is_shown_and_the_source_lives(program: Program) -> None:
    with Site() as site:
        site.routes = {
            "/rss": Answer('<rss version="2.0"><channel></channel></rss>', content_type="text/xml")
        }
        seeds = "".join(
            f'[[seeds]]\nkind = "feed"\nurl = "{site.url}/{path}"\n' for path in ("rss", "chet.rss")
        )
        program.add_source("bao", site.url, seeds)
        run = program.run("crawl")
        assert run.status == 0
        assert "chet.rss" in run.stdout


def test_a_failed_page_is_asked_again_later_and_not_at_once(program: Program) -> None:
    assert outcomes(program, [Answer("", 500)]) == ["server_error"]
    with Site("127.0.1.1") as site:
        program.add_source("bao-0", site.url)
        assert program.run("crawl", "--json").json["considered"] == 0


def test_a_crawl_listens_on_no_port(program: Program) -> None:
    with Site() as site:
        site.routes["/"] = raw(b"", pause_s=3.0)
        program.add_source("bao", site.url)
        crawl = program.start("crawl", "--json")
        while not site.requests:
            time.sleep(0.05)
        connections = psutil.Process(crawl.pid).net_connections()
        assert [one for one in connections if one.status == psutil.CONN_LISTEN] == []
        crawl.kill()
        crawl.communicate()


def hang_on_names(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text(
        "import socket, time\nreal = socket.getaddrinfo\n"
        "def hang(host, *rest, **more):\n"
        "    if host and not str(host)[0].isdigit():\n        time.sleep(3600)\n"
        "    return real(host, *rest, **more)\n"
        "socket.getaddrinfo = hang\n"
    )


@pytest.mark.parametrize("resolver", ["absent", "silent"])
def test_without_a_network_every_source_is_reported_in_time(
    program: Program, tmp_path: Path, resolver: str
) -> None:
    for number in range(100):
        program.add_source(f"bao-{number}", f"https://bao-{number}.invalid/")
    if resolver == "silent":
        hang_on_names(tmp_path)
    began = time.monotonic()
    run = program.run("crawl", PYTHONPATH=str(tmp_path), BIENGIOI_FETCH_DNS_TIMEOUT_S="3")
    assert time.monotonic() - began < 60
    assert run.status == 1
    assert "Not one of 100 newspapers was reached: this machine's network may be down." in run.stdout
    assert "bao-7" not in run.stdout  # said once, not a hundred times
    report = program.run("runs", "1", "--json").json
    assert report["status"] == "failed"
    said = [report["sources"][f"bao-{number}"]["message"] for number in range(100)]
    assert all(one.startswith("unreachable (dns_") for one in said)
    assert all("dns_silent" in one for one in said) is (resolver == "silent") or resolver == "absent"
