"""The one client for links: a real server behind the real guard; names and addresses are a little Internet's."""

import asyncio
import gzip
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from bot.domain.conversation import WORKSPACE
from bot.domain.errors import DocumentRefused, LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import Source, SourceId, SourceKind
from integrations.web.addresses import public, resolve
from integrations.web.client import GuardedWeb, WebLimits
from integrations.web.pages import WebPages
from tests.standins.internet import PUBLIC, Internet, answer
from tests.standins.loopback import Exchange, Handler, LoopbackServer

SITE = "http://docs.example.com"


class Sites:
    """What the one server says, by host and path; `asked` is what it heard."""

    def __init__(self) -> None:
        self.pages: dict[str, object] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def __call__(self, exchange: Exchange) -> None:
        place = exchange.headers["host"] + exchange.path
        self.asked.append(place)
        self.headers.append(exchange.headers)
        page = self.pages.get(place)
        if callable(page):
            await page(exchange)
        elif page is None:
            answer(exchange, 404)
        else:
            answer(exchange, 200, page if isinstance(page, bytes) else str(page).encode())


@pytest.fixture
def sites() -> Sites:
    return Sites()


@pytest.fixture
def internet(sites: Sites) -> Iterator[Internet]:
    with LoopbackServer(sites) as server:
        yield Internet(server, {"docs.example.com": [[PUBLIC]]})


@pytest.fixture
def web(internet: Internet) -> GuardedWeb:
    return guarded(internet)


def guarded(internet: Internet, **limits: float) -> GuardedWeb:
    return GuardedWeb(
        monotonic=time.monotonic,
        limits=WebLimits(**limits),
        resolver=internet.resolve,
        transport=internet.cable,
    )


def refused(web: GuardedWeb, url: str) -> Why:
    with pytest.raises(LinkRefused) as refusal:
        web.fetch(url)
    assert "?" not in str(refusal.value).replace(url, "")
    return refusal.value.why


def put_off(web: GuardedWeb, url: str) -> Why:
    with pytest.raises(SourceUnavailable) as outage:
        web.fetch(url)
    assert "?" not in str(outage.value).replace(url, "")
    return outage.value.why


def redirect(place: str, status: int = 302) -> Handler:
    async def page(exchange: Exchange) -> None:
        answer(exchange, status, location=place)

    return page


class TestAddresses:
    @pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "172.32.0.1", "1.1.1.1"])
    def test_public(self, address: str) -> None:
        assert public(address)

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
            *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
            *("224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1"),
            *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1"),
            *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
            *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1"),
            *("fe80::1%eth0", "localhost", "", "127.1", "0x7f000001", "2130706433"),
        ],
    )
    def test_not_public(self, address: str) -> None:
        assert not public(address)

    def test_the_systems_resolver_is_asked(self) -> None:
        assert "127.0.0.1" in asyncio.run(resolve("localhost", 80))


class TestGuard:
    def test_a_page_comes_from_the_address_that_was_checked(
        self, web: GuardedWeb, internet: Internet, sites: Sites
    ) -> None:
        sites.pages["docs.example.com/deploys"] = "<html>Hi"
        fetched = web.fetch(f"{SITE}/deploys#part")
        assert fetched is not None
        assert (fetched.url, fetched.content, fetched.name) == (f"{SITE}/deploys", b"<html>Hi", "deploys.html")
        assert set(internet.dialled) == {(PUBLIC, "docs.example.com")}
        assert all(heard["user-agent"].startswith("Maru/") for heard in sites.headers)
        assert not any("cookie" in heard or "authorization" in heard for heard in sites.headers)

    @pytest.mark.parametrize(
        "url",
        [
            *(
                "http://127.0.0.1/",
                "http://169.254.169.254/latest/meta-data/",
                "http://[::1]/",
                "http://10.0.0.1:8080/",
            ),
            *("http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "https://192.168.0.1/", "http://0.0.0.0/"),
        ],
    )
    def test_no_address_of_this_network(self, web: GuardedWeb, internet: Internet, url: str) -> None:
        assert refused(web, url) is Why.PRIVATE
        assert internet.dialled == []

    @pytest.mark.parametrize("url", ["http://127.1/", "http://2130706433/", "http://0x7f.1/"])
    def test_nor_in_the_spellings_that_the_system_understands(self, web: GuardedWeb, url: str) -> None:
        assert refused(web, url) is Why.PRIVATE

    def test_nor_by_the_name_that_every_machine_has(self) -> None:
        assert refused(GuardedWeb(monotonic=time.monotonic), "http://localhost/") is Why.PRIVATE

    def test_the_real_client_does_not_reach_a_server_here(self, sites: Sites, internet: Internet) -> None:
        assert refused(GuardedWeb(monotonic=time.monotonic), internet.server.url) is Why.PRIVATE
        assert sites.asked == []

    def test_a_name_that_leads_home_is_refused(self, web: GuardedWeb, internet: Internet) -> None:
        internet.names["evil.example.com"] = [["127.0.0.1"]]
        assert refused(web, "http://evil.example.com/") is Why.PRIVATE

    def test_one_private_answer_among_others_is_enough(self, web: GuardedWeb, internet: Internet) -> None:
        internet.names["evil.example.com"] = [[PUBLIC, "10.0.0.1"]]
        assert refused(web, "http://evil.example.com/") is Why.PRIVATE
        assert internet.dialled == []

    def test_a_name_that_answers_otherwise_the_second_time(
        self, web: GuardedWeb, internet: Internet, sites: Sites
    ) -> None:
        internet.names["evil.example.com"] = [[PUBLIC], ["127.0.0.1"]]
        assert refused(web, "http://evil.example.com/") is Why.PRIVATE  # robots.txt was the first question
        assert internet.dialled == [(PUBLIC, "evil.example.com")]
        assert sites.asked == ["evil.example.com/robots.txt"]

    @pytest.mark.parametrize(
        "place",
        [
            "http://127.0.0.1/",
            "http://169.254.169.254/latest/",
            "http://[::1]:8080/",
            "//10.0.0.1/x",
            "http://in.corp/",
        ],
    )
    def test_every_redirect_is_checked(self, web: GuardedWeb, internet: Internet, sites: Sites, place: str) -> None:
        internet.names["in.corp"] = [["10.1.2.3"]]
        sites.pages["docs.example.com/a"] = redirect(place)
        assert refused(web, f"{SITE}/a") is Why.PRIVATE
        assert {address for address, _ in internet.dialled} == {PUBLIC}

    def test_robots_txt_may_not_lead_home_either(self, web: GuardedWeb, sites: Sites, internet: Internet) -> None:
        sites.pages["docs.example.com/robots.txt"] = redirect("http://169.254.169.254/")
        assert refused(web, f"{SITE}/a") is Why.PRIVATE
        assert len(internet.dialled) == 1

    @pytest.mark.parametrize(
        ("place", "why"),
        [
            ("file:///etc/passwd", Why.NO_LINK),
            ("gopher://docs.example.com/", Why.NO_LINK),
            ("http://user:secret@docs.example.com/", Why.CREDENTIALS),
            ("http://docs.example.com:25/", Why.PORT),
        ],
    )
    def test_links_and_redirects_that_are_not_followed(
        self, web: GuardedWeb, sites: Sites, place: str, why: Why
    ) -> None:
        assert refused(web, place) is why
        sites.pages["docs.example.com/a"] = redirect(place)
        assert refused(web, f"{SITE}/a") is why

    @pytest.mark.parametrize(
        "url", ["", "docs", "http://", "http:///x", "http://exa mple.com/", "https://" + "a" * 3000]
    )
    def test_what_is_no_link(self, web: GuardedWeb, url: str) -> None:
        assert refused(web, url) is Why.NO_LINK

    def test_a_password_is_not_repeated(self, web: GuardedWeb) -> None:
        with pytest.raises(LinkRefused) as refusal:
            web.fetch("http://user:secret@docs.example.com/")
        assert "secret" not in str(refusal.value)

    def test_redirects_are_followed_to_their_end_and_not_for_ever(self, web: GuardedWeb, sites: Sites) -> None:
        for number in range(5):
            sites.pages[f"docs.example.com/{number}"] = redirect(f"/{number + 1}", 301 + number % 2)
        sites.pages["docs.example.com/5"] = "there"
        fetched = web.fetch(f"{SITE}/0")
        assert fetched is not None
        assert (fetched.url, fetched.content) == (f"{SITE}/5", b"there")
        sites.pages["docs.example.com/5"] = redirect("/0")
        assert refused(web, f"{SITE}/0") is Why.REDIRECTS

    def test_the_next_address_where_one_is_dead(self, web: GuardedWeb, internet: Internet, sites: Sites) -> None:
        internet.names["docs.example.com"] = [["1.1.1.1", PUBLIC]]
        internet.dead.add("1.1.1.1")
        sites.pages["docs.example.com/a"] = "hi"
        assert web.fetch(f"{SITE}/a") is not None
        internet.dead.add(PUBLIC)
        assert put_off(web, f"{SITE}/a") is Why.SILENT

    def test_a_certificate_counts_for_the_name(self, internet: Internet, tmp_path: Path) -> None:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=docs.example.com", "-addext", "subjectAltName=DNS:docs.example.com"),
                *("-keyout", str(key), "-out", str(certificate)),
            ],
            check=True,
            capture_output=True,
        )
        trusting = ssl.create_default_context(cafile=str(certificate))
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(certificate, key)
        internet.names["other.example.com"] = [[PUBLIC]]
        with tls_server(serving) as port:

            class Cable(httpx.AsyncHTTPTransport):
                async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                    assert request.url.host == PUBLIC
                    request.url = request.url.copy_with(host="127.0.0.1", port=port)
                    return await super().handle_async_request(request)

            web = GuardedWeb(
                monotonic=time.monotonic, resolver=internet.resolve, transport=lambda: Cable(verify=trusting)
            )
            fetched = web.fetch("https://docs.example.com/a")
            assert fetched is not None
            assert fetched.content == b"hello"
            with pytest.raises(SourceUnavailable, match=r"Hostname mismatch|doesn't match"):
                web.fetch("https://other.example.com/a")

    def test_https_is_asked_for_by_its_name(self, internet: Internet) -> None:
        seen: list[httpx.Request] = []

        class Ear(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                seen.append(request)
                return httpx.Response(200, stream=httpx.ByteStream(b""), headers={"content-type": "text/plain"})

        web = GuardedWeb(monotonic=time.monotonic, resolver=internet.resolve, transport=Ear)
        web.fetch("https://docs.example.com/a")
        assert {one.url.host for one in seen} == {PUBLIC}
        assert {one.extensions["sni_hostname"] for one in seen} == {"docs.example.com"}
        assert {one.headers["host"] for one in seen} == {"docs.example.com"}


class TestLimits:
    def test_ten_gigabytes_are_refused_unread(self, web: GuardedWeb, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            exchange.transport.write(
                b"HTTP/1.1 200 X\r\ncontent-type: text/html\r\ncontent-length: 10000000000\r\n\r\n"
            )
            exchange.finished = True

        sites.pages["docs.example.com/a"] = page
        assert refused(web, f"{SITE}/a") is Why.TOO_LARGE

    def test_nor_without_their_size(self, internet: Internet, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            exchange.begin("text/html")
            while not exchange.transport.is_closing():
                exchange.send(b"x" * 100_000)
                await asyncio.sleep(0)

        sites.pages["docs.example.com/a"] = page
        assert refused(guarded(internet, most_bytes=1_000_000), f"{SITE}/a") is Why.TOO_LARGE

    def test_nor_packed(self, internet: Internet, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, 200, gzip.compress(bytes(20_000_000)), content_encoding="gzip")

        sites.pages["docs.example.com/a"] = page
        assert refused(guarded(internet, most_bytes=1_000_000), f"{SITE}/a") is Why.TOO_LARGE

    @pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
    def test_a_site_that_packs_all_the_same_is_read(
        self, web: GuardedWeb, sites: Sites, pack: Callable[[bytes], bytes]
    ) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, 200, pack("배포".encode()), content_encoding="gzip")

        sites.pages["docs.example.com/a"] = page
        fetched = web.fetch(f"{SITE}/a")
        assert fetched is not None
        assert fetched.content.decode() == "배포"

    @pytest.mark.parametrize("stage", ["silent", "head", "body"])
    def test_a_server_that_drips_meets_the_deadline(self, internet: Internet, sites: Sites, stage: str) -> None:
        async def page(exchange: Exchange) -> None:
            begin = {"silent": b"", "head": b"HTTP/1.1 200 X\r\n", "body": b"HTTP/1.1 200 X\r\n\r\n"}[stage]
            drip = {"silent": b"", "head": b"x: y\r\n", "body": b"z"}[stage]
            exchange.transport.write(begin)
            while not exchange.transport.is_closing():
                exchange.transport.write(drip)
                await asyncio.sleep(0.1)

        sites.pages["docs.example.com/a"] = page
        began = time.monotonic()
        assert put_off(guarded(internet, total_seconds=1.0), f"{SITE}/a") is Why.DEADLINE
        assert time.monotonic() - began < 10

    def test_a_server_that_hangs_up(self, web: GuardedWeb, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            exchange.cut()

        sites.pages["docs.example.com/a"] = page
        assert put_off(web, f"{SITE}/a") is Why.SILENT

    def test_a_name_that_nobody_knows(self, web: GuardedWeb) -> None:
        assert put_off(web, "http://nowhere.example.com/") is Why.UNKNOWN_HOST


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "why"),
        [(401, Why.FORBIDDEN), (403, Why.FORBIDDEN), (404, Why.GONE), (410, Why.GONE), (418, Why.STATUS)],
    )
    def test_refusals(self, web: GuardedWeb, sites: Sites, status: int, why: Why) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, status)

        sites.pages["docs.example.com/a"] = page
        assert refused(web, f"{SITE}/a") is why

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_troubles(self, web: GuardedWeb, sites: Sites, status: int) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, status)

        sites.pages["docs.example.com/a"] = page
        assert put_off(web, f"{SITE}/a") is Why.OVERLOADED

    @pytest.mark.parametrize("kind", ["image/png", "video/mp4", "application/x-msdownload", "application/zip"])
    def test_content_types_that_are_not_read(self, web: GuardedWeb, sites: Sites, kind: str) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, 200, b"x", kind=kind)

        sites.pages["docs.example.com/a"] = page
        assert refused(web, f"{SITE}/a") is Why.CONTENT_TYPE

    @pytest.mark.parametrize(
        ("path", "kind", "name"),
        [
            ("/report.pdf", "application/octet-stream", "report.pdf"),
            ("/report.pdf", "text/html", "report.pdf"),
            ("/page.php", "text/html", "page.php.html"),
            ("/", "text/html", "index.html"),
            ("/download?id=1", "application/pdf", "download.pdf"),
            ("/%EB%B0%B0%ED%8F%AC", "text/plain", "배포"),
        ],
    )
    def test_the_name_tells_the_kind(self, web: GuardedWeb, sites: Sites, path: str, kind: str, name: str) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, 200, b"x", kind=kind)

        sites.pages[f"docs.example.com{path}"] = page
        fetched = web.fetch(f"{SITE}{path}")
        assert fetched is not None
        assert fetched.name == name

    def test_slacks_login_page_in_place_of_a_file(self, web: GuardedWeb, internet: Internet, sites: Sites) -> None:
        for host in ("files.slack.com", "acme.slack.com"):
            internet.names[host] = [[PUBLIC]]
        sites.pages["files.slack.com/files-pri/T1-F1/plan.pdf"] = redirect("http://acme.slack.com/?redir=%2Ffiles-pri")
        sites.pages["acme.slack.com/?redir=%2Ffiles-pri"] = "<html>Sign in"
        assert refused(web, "http://files.slack.com/files-pri/T1-F1/plan.pdf") is Why.LOGIN_PAGE

    def test_only_what_changed(self, web: GuardedWeb, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            same = exchange.headers.get("if-none-match") == '"v1"'
            answer(exchange, 304 if same else 200, b"" if same else b"text", etag='"v1"')

        async def dated(exchange: Exchange) -> None:
            same = exchange.headers.get("if-modified-since") == "Tue, 24 Nov 2026 10:00:00 GMT"
            answer(exchange, 304 if same else 200, last_modified="Tue, 24 Nov 2026 10:00:00 GMT")

        sites.pages |= {"docs.example.com/a": page, "docs.example.com/b": dated}
        for path in "ab":
            first = web.fetch(f"{SITE}/{path}")
            assert first is not None
            assert web.fetch(f"{SITE}/{path}", known=first.version) is None
            assert web.fetch(f"{SITE}/{path}", known='"v0"') is not None


class TestRobots:
    def test_they_are_respected_and_remembered(self, web: GuardedWeb, sites: Sites) -> None:
        sites.pages |= {
            "docs.example.com/robots.txt": "User-agent: *\nDisallow: /private\n\nUser-agent: Maru\nDisallow: /bots",
            "docs.example.com/private": "hi",
        }
        assert refused(web, f"{SITE}/bots/a") is Why.ROBOTS
        assert web.fetch(f"{SITE}/private") is not None
        assert sites.asked == ["docs.example.com/robots.txt", "docs.example.com/private"]

    def test_after_a_redirect_the_other_sites_rules_count(
        self, web: GuardedWeb, internet: Internet, sites: Sites
    ) -> None:
        internet.names["other.example.com"] = [[PUBLIC]]
        sites.pages["docs.example.com/a"] = redirect("http://other.example.com/a")
        sites.pages["other.example.com/robots.txt"] = "User-agent: *\nDisallow: /"
        assert refused(web, f"{SITE}/a") is Why.ROBOTS

    def test_a_site_in_trouble_is_left_alone(self, web: GuardedWeb, sites: Sites) -> None:
        async def page(exchange: Exchange) -> None:
            answer(exchange, 503)

        sites.pages["docs.example.com/robots.txt"] = page
        assert put_off(web, f"{SITE}/a") is Why.OVERLOADED


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """Serve one greeting to everybody over TLS; lend the port."""

    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path != "/robots.txt"
            self.send_response(200 if found else 404)
            self.send_header("content-type", "text/plain")
            self.end_headers()
            self.wfile.write(b"hello" if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that do not trust it
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def looked(web: GuardedWeb, location: str, *, trusted: bool = True) -> list[str]:
    source = Source(SourceId(1), SourceKind.WEB, location, WORKSPACE, trusted)
    with WebPages(web).look(source) as found:
        return [str(one) if isinstance(one, DocumentRefused) else one.name for one in found]


class TestPages:
    def test_a_page_is_one_and_read_once(self, web: GuardedWeb, sites: Sites) -> None:
        sites.pages["docs.example.com/a"] = "<html>text"
        source = Source(SourceId(1), SourceKind.WEB, f"{SITE}/a", WORKSPACE)
        with WebPages(web).look(source) as found:
            (one,) = found
            assert not isinstance(one, DocumentRefused)
            content = one.read(None)
        assert content is not None
        assert content.data == b"<html>text"
        assert sites.asked.count("docs.example.com/a") == 1

    def test_a_sitemap_and_one_of_sitemaps_of_their_own_site_only(self, web: GuardedWeb, sites: Sites) -> None:
        sites.pages |= {
            "docs.example.com/sitemap.xml": "<?xml version='1.0'?><sitemapindex xmlns='x'>"
            f"<sitemap><loc>{SITE}/one.xml</loc></sitemap></sitemapindex>",
            "docs.example.com/one.xml": f"<urlset><url><loc> {SITE}/a?x=1&amp;y=2 </loc></url>"
            f"<url><loc>{SITE}/b</loc></url><url><loc>{SITE}/b</loc></url>"
            "<url><loc>http://elsewhere.example.com/c</loc></url></urlset>",
        }
        both = [f"{SITE}/a?x=1&y=2", f"{SITE}/b"]
        assert looked(web, f"{SITE}/one.xml") == both
        assert looked(web, f"{SITE}/sitemap.xml") == both

    def test_a_list_of_links_there_and_here(self, web: GuardedWeb, sites: Sites, tmp_path: Path) -> None:
        text = f"# ours\n{SITE}/a\n\nhttps://other.example.com/b\n"
        sites.pages["docs.example.com/links.txt"] = text
        (tmp_path / "links.txt").write_text(text)
        both = [f"{SITE}/a", "https://other.example.com/b"]
        assert looked(web, f"{SITE}/links.txt") == both
        assert looked(web, str(tmp_path / "links.txt")) == both
        with pytest.raises(LinkRefused):
            looked(web, str(tmp_path / "links.txt"), trusted=False)
        with pytest.raises(SourceUnavailable, match="No such file"):
            looked(web, str(tmp_path / "gone.txt"))

    def test_too_many_links(self, web: GuardedWeb, sites: Sites) -> None:
        sites.pages["docs.example.com/links.txt"] = "\n".join(f"{SITE}/{number}" for number in range(5_001))
        with pytest.raises(LinkRefused, match="more than 5000 links"):
            looked(web, f"{SITE}/links.txt")
