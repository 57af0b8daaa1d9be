"""A service that is asked by POST may be slow, broken, hostile or somewhere else; the worker bears it."""

import gzip
import select
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from tests.delivery.mail_server import free_port
from tests.delivery.web_server import Behaviour, Site, raw, reply, web_server
from tests.support.certificates import server_context, trusting_context
from tracker import clock
from tracker.clock import MovableClock
from tracker.delivery.channels.outbound import MOST_BYTES_READ, Poster, ServiceAnswer, judge, read_object
from tracker.delivery.rules.destinations import operators, strangers
from tracker.delivery.rules.message import Result
from tracker.delivery.vocabulary import AttemptOutcome

HOST = "hooks.example.org"
OK = b"HTTP/1.1 200 OK\r\n"


def post(url: str, timeout: float = 30.0) -> ServiceAnswer | Result:
    return Poster(operators, timeout).post(url, b"body", {"Content-Type": "text/plain"})


def ask(behaviour: Behaviour, timeout: float = 30.0) -> ServiceAnswer | Result:
    with web_server(behaviour) as site:
        return post(f"{site.url}/path", timeout)


def answered(behaviour: Behaviour) -> ServiceAnswer:
    answer = ask(behaviour)
    assert isinstance(answer, ServiceAnswer)
    return answer


class Names:
    """Answers questions for addresses, another one each time, and counts them."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answers = answers

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


def test_a_request_arrives_as_it_was_given() -> None:
    with web_server(reply(200, b"thanks", x_some="Thing")) as site:
        answer = post(f"{site.url}/path?a=b")
    [request] = site.requests
    assert (request.path, request.body) == ("/path?a=b", b"body")
    assert request.headers["content-type"] == "text/plain"
    assert request.headers["host"] == site.place
    assert request.headers["accept-encoding"] == "identity"
    assert isinstance(answer, ServiceAnswer)
    assert (answer.status, answer.body, answer.retry_after_seconds) == (200, b"thanks", None)
    assert answer.headers["x-some"] == "Thing"


@pytest.mark.parametrize(
    ("behaviour", "body"),
    [
        (reply(200, b"a" * MOST_BYTES_READ), b"a" * MOST_BYTES_READ),
        (reply(200, b"a" * (MOST_BYTES_READ + 1)), b""),
        (reply(200, b"a" * 10_000_000), b""),
        (raw(OK + b"\r\n", b"a" * 10_000_000), b""),
        (raw(OK + b"\r\n", b"without length"), b"without length"),
        (raw(OK + b"Content-Length: 100\r\n\r\n", b"cut"), b""),
        (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"), b"abc"),
        (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\nffff\r\n"), b""),
        (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n"), b""),
    ],
)
def test_a_body_is_read_whole_and_small_or_not_at_all(behaviour: Behaviour, body: bytes) -> None:
    answer = answered(behaviour)
    assert (answer.status, answer.body) == (200, body)


def test_no_more_is_taken_in_than_is_kept() -> None:
    taken: list[int] = []

    def pour(handler: Any) -> None:
        handler.wfile.write(OK + b"\r\n")
        taken.extend(handler.wfile.write(b"a" * 1_000_000) for _ in range(200))

    assert answered(pour).body == b""
    assert len(taken) < 200


def test_a_packed_body_is_never_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert answered(reply(200, bomb, content_encoding="gzip")).body == bomb


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with web_server(reply(200)) as elsewhere:
        answer = answered(reply(status, location=f"{elsewhere.url}/secret"))
    assert judge(answer) == Result(AttemptOutcome.PERMANENT, "redirected")
    assert elsewhere.requests == []


def test_a_proxy_in_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(reply(502)) as proxy, web_server(reply(200)) as site:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        answer = post(site.url)
    assert isinstance(answer, ServiceAnswer)
    assert (answer.status, proxy.requests, len(site.requests)) == (200, [], 1)


def test_nobody_listening_is_tried_again_later() -> None:
    assert post(f"http://127.0.0.1:{free_port()}/") == Result(AttemptOutcome.TRANSIENT, "connect_failed")


def test_what_may_not_be_asked_is_refused_for_good() -> None:
    poster = Poster(strangers(""), 5.0)
    with web_server(reply(200)) as site:
        assert poster.post(site.url, b"", {}) == Result(AttemptOutcome.PERMANENT, "address_refused")
    assert site.requests == []


@pytest.mark.parametrize(
    "behaviour",
    [
        raw(b""),
        raw(b"HTTP/1.1 2"),
        raw(b"<html>This is no HTTP</html>"),
        raw(b"220 mail.example.org ESMTP\r\n"),
        raw(OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n"),
        raw(OK, b"X-A: b\r\n" * 1000, b"\r\n"),
    ],
)
def test_an_answer_that_is_none_leaves_it_unknown(behaviour: Behaviour) -> None:
    assert ask(behaviour) == Result(AttemptOutcome.UNKNOWN, "connection_lost")


@pytest.mark.parametrize(
    "behaviour",
    [
        raw(b"", b"HTTP/1.1 200 OK\r\n\r\n", pause=2.0),
        raw(*[bytes([byte]) for byte in OK + b"\r\n"], pause=0.1),
        raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 20, b"HTTP/1.1 200 OK\r\n\r\n", pause=0.1),
    ],
)
def test_an_answer_that_drips_is_cut_off(behaviour: Behaviour) -> None:
    # Each of them would be a good answer in the end.
    assert ask(behaviour, timeout=1.0) == Result(AttemptOutcome.UNKNOWN, "timeout")


@pytest.mark.parametrize(
    "behaviour",
    [
        raw(OK + b"Content-Length: 20\r\n\r\n", *[b"a"] * 20, pause=0.1),
        raw(OK, *[b"X-A: b\r\n"] * 20, b"Content-Length: 1\r\n\r\n", b"a", pause=0.1),
    ],
)
def test_what_drips_after_the_status_is_cut_off_and_the_status_counts(behaviour: Behaviour) -> None:
    answer = ask(behaviour, timeout=1.0)
    assert isinstance(answer, ServiceAnswer)
    assert (answer.status, answer.body) == (200, b"")


def test_a_server_that_never_shakes_hands_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        assert post(url, timeout=0.3) == Result(AttemptOutcome.TRANSIENT, "timeout")


def test_a_handshake_that_drips_is_cut_off(tmp_path: Path) -> None:
    # Each byte comes well within a socket's timeout, and the handshake would end well.
    with web_server(reply(200), server_context(HOST, tmp_path)) as site, dripping(site.port) as port:
        poster = Poster(
            strangers(f"{HOST}:{port}"), 0.5, resolve=Names(["127.0.0.1"]), tls=trusting_context()
        )
        assert poster.post(f"https://{HOST}:{port}/", b"", {}) == Result(AttemptOutcome.TRANSIENT, "timeout")
    assert site.requests == []


@contextmanager
def dripping(port: int) -> Iterator[int]:
    """Stand before a server and pass on what it says a few bytes at a time."""
    with socket.create_server(("127.0.0.1", 0)) as front:
        passing = Thread(target=_pass_slowly, args=[front, port])
        passing.start()
        yield front.getsockname()[1]
        passing.join()


def _pass_slowly(front: socket.socket, port: int) -> None:
    near, _ = front.accept()
    with near, socket.create_connection(("127.0.0.1", port)) as far, suppress(OSError):
        far.sendall(near.recv(65_536))
        for byte in iter(lambda: far.recv(16), b""):
            near.sendall(byte)
            if near in select.select([near], [], [], 0.1)[0]:
                far.sendall(near.recv(65_536) or _end())


def _end() -> bytes:
    raise ConnectionResetError


def test_names_that_are_never_answered_are_given_up() -> None:
    never = Event()

    def resolve(_host: str, _port: int) -> Sequence[str]:
        never.wait(60)
        return []

    poster = Poster(strangers(""), 0.3, resolve=resolve)
    assert poster.post(f"https://{HOST}/", b"", {}) == Result(AttemptOutcome.TRANSIENT, "timeout")
    never.set()


def test_a_name_that_nobody_knows_is_tried_again_later() -> None:
    poster = Poster(strangers(""), 5.0)

    # Longer than names may be, so that no server has to be asked.
    def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    poster = Poster(strangers(""), 5.0, resolve=resolve)
    assert poster.post(f"https://{HOST}/", b"", {}) == Result(AttemptOutcome.TRANSIENT, "name_unknown")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["169.254.169.254"],
        ["nonsense"],
    ],
)
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    poster = Poster(strangers(""), 5.0, resolve=Names(addresses))
    assert poster.post(f"https://{HOST}/", b"", {}) == Result(AttemptOutcome.PERMANENT, "address_refused")


def test_a_name_is_asked_for_once_and_its_checked_address_is_used(tmp_path: Path) -> None:
    # The second answer is what an attacker would like to be used after the check of the first.
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    with web_server(reply(200), server_context(HOST, tmp_path)) as site:
        answer = _named(site, names).post(f"https://{HOST}:{site.port}/", b"", {})
    assert isinstance(answer, ServiceAnswer)
    assert names.asked == [(HOST, site.port)]
    assert site.asked_for == [HOST]
    assert site.requests[0].headers["host"] == f"{HOST}:{site.port}"


def test_the_next_address_is_tried_when_one_does_not_answer(tmp_path: Path) -> None:
    names = Names(["127.0.0.2", "127.0.0.1"])
    with web_server(reply(200), server_context(HOST, tmp_path)) as site:
        assert isinstance(_named(site, names).post(f"https://{HOST}:{site.port}/", b"", {}), ServiceAnswer)


def test_a_server_has_to_prove_that_it_has_the_name(tmp_path: Path) -> None:
    with web_server(reply(200), server_context("other.example.org", tmp_path)) as site:
        answer = _named(site, Names(["127.0.0.1"])).post(f"https://{HOST}:{site.port}/", b"secret", {})
    assert answer == Result(AttemptOutcome.TRANSIENT, "certificate_refused")
    assert site.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    with web_server(reply(200), server_context(HOST, tmp_path)) as site:
        poster = Poster(strangers(f"{HOST}:{site.port}"), 5.0, resolve=Names(["127.0.0.1"]))
        answer = poster.post(f"https://{HOST}:{site.port}/", b"secret", {})
    assert answer == Result(AttemptOutcome.TRANSIENT, "certificate_refused")
    assert site.requests == []


def test_a_header_cannot_smuggle_another() -> None:
    with web_server(reply(200)) as site:
        answer = Poster(operators, 30.0).post(site.url, b"", {"X-Key": "a\r\nX-Other: b"})
    assert isinstance(answer, Result)
    assert site.requests == []


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("9" * 50, 999_999_999),
        ("Mon, 02 Mar 2026 15:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 15:02:00", 120),
        ("Mon, 02 Mar 2026 14:00:00 GMT", 0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("\xb2", None),
        ("Mon, 02 Mar 99999999999999 15:02:00 GMT", None),
    ],
)
def test_the_wish_to_be_left_alone_is_read(moment: MovableClock, said: str, seconds: int | None) -> None:
    assert answered(reply(429, retry_after=said)).retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, AttemptOutcome.ACCEPTED),
        (204, AttemptOutcome.ACCEPTED),
        (299, AttemptOutcome.ACCEPTED),
        (400, AttemptOutcome.PERMANENT),
        (404, AttemptOutcome.PERMANENT),
        (408, AttemptOutcome.TRANSIENT),
        (425, AttemptOutcome.TRANSIENT),
        (429, AttemptOutcome.TRANSIENT),
        (499, AttemptOutcome.PERMANENT),
        (500, AttemptOutcome.UNKNOWN),
        (502, AttemptOutcome.UNKNOWN),
        (503, AttemptOutcome.TRANSIENT),
        (504, AttemptOutcome.UNKNOWN),
        (599, AttemptOutcome.UNKNOWN),
        (700, AttemptOutcome.UNKNOWN),
        (101, AttemptOutcome.UNKNOWN),
    ],
)
def test_a_status_says_whether_to_try_again(status: int, outcome: AttemptOutcome) -> None:
    result = judge(ServiceAnswer(status, retry_after_seconds=7))
    assert result.outcome is outcome
    assert result.error_code == (None if outcome is AttemptOutcome.ACCEPTED else f"http_{status}")
    wished = 7 if outcome in (AttemptOutcome.TRANSIENT, AttemptOutcome.UNKNOWN) else None
    assert result.retry_after_seconds == wished


def test_a_request_that_shares_its_time_gets_what_is_left_of_it() -> None:
    with web_server(reply(200)) as site:
        poster = Poster(strangers(site.place), 30.0)
        late = poster.post(site.url, b"", {}, deadline=clock.monotonic())
        in_time = poster.post(site.url, b"", {}, deadline=clock.monotonic() + 30)
    assert late == Result(AttemptOutcome.TRANSIENT, "timeout")
    assert isinstance(in_time, ServiceAnswer)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"[1]", {}),
        (b"", {}),
        (b"\xff", {}),
        (b"[" * 60_000, {}),
        (b"null", {}),
    ],
)
def test_an_answer_that_is_no_object_says_nothing(body: bytes, said: dict[str, int]) -> None:
    assert read_object(body) == said


def _named(site: Site, names: Names) -> Poster:
    return Poster(strangers(f"{HOST}:{site.port}"), 5.0, resolve=names, tls=trusting_context())
