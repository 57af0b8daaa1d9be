"""Which addresses a stranger may name."""

import pytest

from tracker.delivery.rules.destinations import (
    Destination,
    DestinationRefused,
    is_public,
    operators,
    push_services,
    strangers,
)


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://hooks.example.org", "hooks.example.org", "/"),
        ("https://hooks.example.org:443/a/b?c=d&e", "hooks.example.org", "/a/b?c=d&e"),
        ("HTTPS://Hooks.Example.ORG/A#part", "hooks.example.org", "/A"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
        ("https://a_b.example/", "a_b.example", "/"),
    ],
)
def test_a_public_name_is_accepted(url: str, host: str, target: str) -> None:
    assert strangers("")(url) == Destination(host, 443, target, tls=True, public_only=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "//hooks.example.org/",
        "https://",
        "https:///path",
        # schemes
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "gopher://hooks.example.org/",
        # ports
        "https://hooks.example.org:22/",
        "https://hooks.example.org:80/",
        "https://hooks.example.org:8443/",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org:x/",
        # user information
        "https://user@hooks.example.org/",
        "https://user:password@hooks.example.org/",
        "https://hooks.example.org@127.0.0.1/",
        "https://@hooks.example.org/",
        # what programs read in different ways
        "https://127.0.0.1\\@hooks.example.org/",
        "https://hooks.example.org\\.internal/",
        "https://hooks.example.org/\r\nHost: other",
        "https://hooks\t.example.org/",
        "https://hooks.example.org/a b",
        " https://hooks.example.org/",
        "https://hooks.example.org/\x00",
        "https://hööks.example.org/",
        "https://ⓗooks.example.org/",
        "https://hooks。example.org/",
        "https://hooks.example.org%2f@x/",
        "https://127.0.0.1%00.example.org/",
        "https://hooks..example.org/",
        "https://.example.org/",
        "https://-hooks.example.org/",
        "https://hooks.example.org./",
        # addresses instead of names, in any notation
        "https://127.0.0.1/",
        "https://93.184.216.34/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[2606:4700::1111]/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 127 + "example/",
        "https://hooks.example.org/" + "a" * 2000,
    ],
)
def test_what_a_stranger_may_not_name_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused):
        strangers("")(url)


def test_what_the_operator_allows_may_be_private_and_plain() -> None:
    read = strangers("127.0.0.1:8080 hooks.clinic.internal:8443 [::1]:8080")
    assert read("http://127.0.0.1:8080/a") == Destination("127.0.0.1", 8080, "/a", False, False)
    assert read("https://Hooks.Clinic.internal:8443") == Destination(
        "hooks.clinic.internal", 8443, "/", True, False
    )
    assert read("http://[::1]:8080/").host_header == "[::1]:8080"
    for other in ("http://127.0.0.1:8081/", "http://127.0.0.2:8080/", "http://u@127.0.0.1:8080/"):
        with pytest.raises(DestinationRefused):
            read(other)


@pytest.mark.parametrize(
    "url", ["https://sms.example.org", "https://10.0.0.1:8443", "http://127.0.0.1:81", "http://localhost"]
)
def test_an_operator_may_name_any_host_over_tls_and_this_machine_without(url: str) -> None:
    assert not operators(url).public_only


@pytest.mark.parametrize(
    "url",
    ["http://sms.example.org", "http://10.0.0.1", "http://localhost.example.org", "https://a:b@host", "x"],
)
def test_an_operator_cannot_send_secrets_in_the_open(url: str) -> None:
    with pytest.raises(DestinationRefused):
        operators(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("9.255.255.255", True),
        ("10.0.0.0", False),
        ("10.255.255.255", False),
        ("11.0.0.0", True),
        ("100.63.255.255", True),
        ("100.64.0.0", False),
        ("100.127.255.255", False),
        ("100.128.0.0", True),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("169.254.169.254", False),
        ("172.15.255.255", True),
        ("172.16.0.0", False),
        ("172.31.255.255", False),
        ("172.32.0.0", True),
        ("192.168.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::808:808", False),
        ("2002:7f00:1::1", False),
        ("2002:808:808::1", False),
        ("2001:0:7f00:1::", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_the_public_internet_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


HOSTS = "fcm.googleapis.com .push.apple.com"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", "https://fcm.googleapis.com"),
        ("https://FCM.googleapis.com:443/x", "https://fcm.googleapis.com"),
        ("https://web.push.apple.com/QA", "https://web.push.apple.com"),
        ("https://a.b.push.apple.com/", "https://a.b.push.apple.com"),
        ("http://localhost:9000/push", "http://localhost:9000"),
        ("http://[::1]:9000/push", "http://[::1]:9000"),
        ("http://10.0.0.1/push", "http://10.0.0.1"),
    ],
)
def test_a_known_push_service_is_accepted(url: str, origin: str) -> None:
    found = push_services(HOSTS.upper(), "localhost:9000 [::1]:9000 10.0.0.1:80")(url)
    assert found.origin == origin
    assert found.public_only == origin.startswith("https")


@pytest.mark.parametrize(
    "url",
    [
        "https://push.example.org/",
        "https://push.apple.com/",
        "https://evilpush.apple.com.example.org/",
        "https://evil-push.apple.com/",
        "https://www.fcm.googleapis.com/",
        "https://fcm.googleapis.com./",
        "https://fcm.googleapis.com.example.org/",
        "https://fcm.googleapis.com@example.org/",
        "http://fcm.googleapis.com/",
        "https://fcm.googleapis.com:8443/",
        "https://fcm.googleapis.com:99999/",
        "//fcm.googleapis.com/",
        "https:///fcm.googleapis.com",
        "http://localhost/",
        "https://localhost:9001/",
        "",
    ],
)
def test_no_other_push_service_is_accepted(url: str) -> None:
    with pytest.raises(DestinationRefused):
        push_services(HOSTS, "localhost:9000")(url)


def test_without_hosts_only_what_the_operator_allows_is_a_push_service() -> None:
    read = push_services("", "localhost:9000")
    assert read("http://localhost:9000/").host == "localhost"
    with pytest.raises(DestinationRefused):
        read("https://fcm.googleapis.com/")
