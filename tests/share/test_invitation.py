"""The way onto a board: links, addresses, and a QR code that says what it should."""

import xml.etree.ElementTree as ElementTree

import pytest

from compute.share import invitation


def test_the_link_is_the_page_with_the_code() -> None:
    assert invitation.link("https://example.org/app/room", "K7M4X2") == "https://example.org/app/room?code=K7M4X2"


def test_results_are_sent_to_the_server_and_not_to_the_page() -> None:
    assert invitation.origin("http://10.0.0.5:8501/room") == "http://10.0.0.5:8501"
    assert invitation.origin("https://example.org/app/room") == "https://example.org/app"


@pytest.mark.parametrize("address", ["http://10.0.0.5:8501/room", "https://example.org/room", "http://[::1]:8501/room"])
def test_addresses(address: str) -> None:
    assert invitation.is_address(address)


@pytest.mark.parametrize(
    "words", ["", "example.org/room", "ftp://example.org", "http://", "http://a:b/", "http://[x", "javascript:alert(1)"]
)
def test_no_addresses(words: str) -> None:
    assert not invitation.is_address(words)


@pytest.mark.parametrize(
    ("page", "alone"),
    [
        ("http://localhost:8501/room", True),
        ("http://127.0.0.1/room", True),
        ("http://[::1]:8501/room", True),
        ("http://room.localhost/room", True),
        ("http://192.168.1.20:8501/room", False),
        ("https://many-hands.streamlit.app/room", False),
    ],
)
def test_only_localhost_is_this_machine_alone(page: str, alone: bool) -> None:
    assert invitation.only_here(page) == alone


def test_the_address_in_the_network_keeps_port_and_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitation, "_own_address", lambda: "192.168.1.20")
    assert invitation.in_the_network("http://localhost:8501/room") == "http://192.168.1.20:8501/room"
    assert invitation.in_the_network("http://localhost/room") == "http://192.168.1.20/room"
    monkeypatch.setattr(invitation, "_own_address", lambda: None)
    assert invitation.in_the_network("http://localhost:8501/room") is None


def test_the_own_address_is_none_or_reachable_from_elsewhere() -> None:
    address = invitation._own_address()
    assert address is None or not invitation.only_here(f"http://{address}/")


def test_the_qr_code_is_dark_on_white_and_as_large_as_its_words_need() -> None:
    picture = ElementTree.fromstring(invitation.qr("http://192.168.1.20:8501/room?code=K7M4X2"))
    ground, modules = picture.findall(".//path")
    assert (ground.get("fill"), modules.get("stroke")) == ("#fff", "#000")
    # 41 letters with correction level M are version 3, 29 modules a side (ISO/IEC 18004); 3 of quiet zone around.
    assert picture.get("width") == str(8 * (29 + 2 * 3))
    assert invitation.qr("a") != invitation.qr("b")
