"""The way onto a board: its link, the link as a QR code, and an address that phones can reach."""

import ipaddress
import socket
from urllib.parse import urlencode, urlsplit, urlunsplit

# Reserved for documentation (RFC 5737): nobody is there. Asking the system for the way to it sends nothing.
SOMEWHERE = ("192.0.2.1", 9)


def link(page: str, code: str) -> str:
    """The deep link of a board: the page's address with the code."""
    return f"{page}?{urlencode({'code': code})}"


def origin(page: str) -> str:
    """The server's own address, without the page: where the command line sends results to."""
    parts = urlsplit(page)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0], "", ""))


def is_address(page: str) -> bool:
    """Whether it is an http(s) address with a host."""
    try:
        parts = urlsplit(page)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, or a broken IPv6 address
        return False


def only_here(page: str) -> bool:
    """Whether an address works on this machine alone, like localhost: a phone that follows it finds itself."""
    host = urlsplit(page).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def in_the_network(page: str) -> str | None:
    """The same page under this machine's address in its network, or None when it has none."""
    if (address := _own_address()) is None:
        return None
    parts = urlsplit(page)
    host = address if parts.port is None else f"{address}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _own_address() -> str | None:
    """The IPv4 address from which this machine would reach others; nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:  # no network
            return None
        address: str = probe.getsockname()[0]
    return None if ipaddress.ip_address(address).is_loopback else address


def qr(words: str) -> str:
    """The words as a QR code: SVG, dark on white with its quiet zone, in either theme."""
    import segno

    code: str = segno.make(words, error="m", micro=False).svg_inline(scale=8, border=3, dark="#000", light="#fff")
    return code
