"""Asking for prices, against a server of this machine that plays recorded answers and everything that goes wrong."""

import io
import json
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from compute import __main__ as cli
from compute.money import prices, refresh
from tests.money.offers import TODAY, written

RECORDED = Path(__file__).parent / "recorded"
AZURE = {"platform": "Azure", "region": "eastus", "accelerator_count": "1", "usd_per_hour_spot": ""}
NC4 = AZURE | {"offer": "NC4", "sku": "Standard_NC4as_T4_v3", "usd_per_hour": "0.526", "as_of": "2026-06-18"}
NC8 = AZURE | {"offer": "NC8", "sku": "Standard_NC8as_T4_v3", "usd_per_hour": "0.752", "as_of": "2026-06-18"}
GONE = AZURE | {"offer": "gone", "sku": "Standard_NC6s_v3", "accelerator": "v100-pcie-16gb", "usd_per_hour": "3.06"}
OTHER = {"offer": "elsewhere"}
AWS = {"platform": "AWS", "offer": "g4dn", "sku": "g4dn.xlarge", "region": "us-east-1", "usd_per_hour": "0.60"}
P5 = AWS | {"offer": "p5", "sku": "p5.48xlarge", "accelerator": "h100-sxm", "accelerator_count": "8"}
G5 = AWS | {"offer": "g5", "sku": "g5.xlarge", "accelerator": "a10g", "accelerator_count": "1"}

Answer = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


@dataclass
class Provider:
    """A server on this machine: `answers` gives what each path says, in turn; the last one again and again."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def says(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def answer(self, address: str) -> Answer:
        self.asked.append(address)
        parts = urlsplit(address)
        queue = self.answers.get(f"{parts.path}?{parts.query}") or self.answers.get(parts.path) or [(404, b"")]
        return queue.pop(0) if len(queue) > 1 else queue[0]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, *more = found.answer(self.path)
            headers = {"Content-Length": str(len(body))} | (more[0] if more else {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(written(NC4, NC8, GONE, OTHER), encoding="utf-8")
    return path


def recorded(name: str, base: str) -> bytes:
    return (RECORDED / name).read_text(encoding="utf-8").replace("{base}", base).encode()


def azure(provider: Provider) -> str:
    """Lets the provider play the two recorded pages; gives the address."""
    base = f"{provider.url}/azure"
    provider.says("/azure", (200, recorded("azure-page-1.json", base)))
    provider.says("/azure?page=2", (200, recorded("azure-page-2.json", base)))
    return base


def catalogue(text: str | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("aws.csv", text or (RECORDED / "gpuhunt-aws.csv").read_text(encoding="utf-8"))
    return file.getvalue()


def ask(file: Path, provider: Provider, source: str = "azure", **more: Any) -> refresh.Refresh:
    """Ask without ever waiting."""
    urls = {"azure_url": f"{provider.url}/azure", "gpuhunt_url": f"{provider.url}/gpuhunt"}
    options: dict[str, Any] = {"today": TODAY, "sleep": lambda _: None} | urls | more
    return refresh.ask(file, source, **options)


def offers_of(data: bytes) -> dict[str, dict[str, str]]:
    return {row["offer"]: row for row in prices.parse(data.decode(), today=TODAY)}


# Azure


def test_the_question_names_service_region_machines_and_currency() -> None:
    query = parse_qs(urlsplit(refresh.azure_question("https://example.org/p", "eastus", ["A", "B"])).query)
    assert query["currencyCode"] == ["'USD'"]
    assert query["$filter"] == [
        "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'eastus' and "
        "(armSkuName eq 'A' or armSkuName eq 'B')"
    ]


def test_two_pages_become_new_prices(provider: Provider, file: Path) -> None:
    """Of NC4 only the Linux hour and its spot count. NC8 takes the newest price that is true by now, no spot of 0."""
    azure(provider)
    found = ask(file, provider)
    new = offers_of(found.new)
    assert (new["NC4"]["usd_per_hour"], new["NC4"]["usd_per_hour_spot"]) == ("0.526", "0.1052")
    assert (new["NC8"]["usd_per_hour"], new["NC8"]["usd_per_hour_spot"]) == ("0.789", "")
    assert new["NC4"]["as_of"] == new["NC8"]["as_of"] == "2026-11-22"
    assert new["NC8"]["note"] == "Linux, meter NC8as T4 v3, since 2026-10-01"
    assert new["NC8"]["source_url"].startswith("https://prices.azure.com/api/retail/prices?%24filter=")
    assert [str(change) for change in found.changes] == [
        "row 2, NC4, eastus, usd_per_hour_spot: (unknown) -> 0.1052",
        "row 3, NC8, eastus, usd_per_hour: 0.752 -> 0.789",
    ]
    assert found.confirmed == 2
    assert any("0.0 for NC8as T4 v3 Spot is no price" in remark for remark in found.remarks)


def test_what_is_not_in_the_answer_stays_with_its_old_date(provider: Provider, file: Path) -> None:
    azure(provider)
    found = ask(file, provider)
    assert found.vanished == ("row 4, gone, eastus",)
    old, new = offers_of(found.old), offers_of(found.new)
    assert new["gone"] == old["gone"]
    assert new["elsewhere"] == old["elsewhere"]


def test_only_the_named_region_is_asked_for(provider: Provider, file: Path) -> None:
    azure(provider)
    found = ask(file, provider, regions=["westeurope"])
    assert (provider.asked, found.new == found.old, found.vanished) == ([], True, ())


def test_what_is_billed_in_units_is_left_alone(provider: Provider, tmp_path: Path) -> None:
    azure(provider)
    file = tmp_path / "prices.csv"
    file.write_text(
        written(NC4 | {"platform": "Azure Databricks", "unit": "DBU", "units_per_hour": "1"}), encoding="utf-8"
    )
    found = ask(file, provider)
    assert found.new == found.old


def test_busy_and_broken_servers_are_asked_again(provider: Provider, file: Path) -> None:
    """429 with a time to wait, 429 without, 500, and a JSON that ends too early; then the answer."""
    base = azure(provider)
    good = recorded("azure-page-1.json", base)
    waits: list[float] = []
    provider.says(
        "/azure", (429, b"", {"Retry-After": "7"}), (429, b""), (500, b"oops"), (200, good[:-40]), (200, good),
    )  # fmt: skip
    assert ask(file, provider, sleep=waits.append).confirmed == 2
    assert waits[0] == 7
    assert waits[1] >= refresh.WAIT_S
    assert len(waits) == 4


def test_a_line_that_is_cut_is_asked_again(provider: Provider, file: Path) -> None:
    base = azure(provider)
    good = recorded("azure-page-1.json", base)
    provider.says("/azure", (200, good[:100], {"Content-Length": str(len(good))}), (200, good))
    assert ask(file, provider).confirmed == 2


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((429, b""), "answered 429"),
        ((503, b""), "answered 503"),
        ((404, b""), "answered 404"),
        ((407, b""), "wants a login"),
        ((200, b'{"Items": ['), "no whole JSON"),
        ((200, b"<html>"), "no whole JSON"),
        ((200, b"[]"), "no list of Items"),
        ((200, b'{"Items": [3]}'), "no list of Items"),
        ((200, b'{"Items": [], "NextPageLink": "https://evil.example/x"}'), "another address"),
        ((200, b'{"Items": [], "NextPageLink": "{base}?page=1"}'), "round in circles"),
    ],
)
def test_an_answer_that_stays_bad_is_a_sentence(provider: Provider, file: Path, answer: Answer, sentence: str) -> None:
    body = answer[1].replace(b"{base}", f"{provider.url}/azure".encode())
    provider.says("/azure", (answer[0], body))
    before = file.read_bytes()
    with pytest.raises(refresh.RefreshError, match=sentence):
        ask(file, provider)
    assert file.read_bytes() == before


def test_no_network_is_a_sentence(file: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(refresh.RefreshError, match=r"could not be read: .* Is there a network"):
        refresh.ask(file, azure_url=address, today=TODAY, sleep=lambda _: None)


def test_a_proxy_is_used_and_its_refusal_told(provider: Provider, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", provider.url)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(refresh.RefreshError, match=r"prices\.example answered 404"):
        refresh.ask(file, azure_url="http://prices.example/azure", today=TODAY, sleep=lambda _: None)
    assert provider.asked[0].startswith("http://prices.example/azure?")


@pytest.mark.parametrize("price", ['"0.5"', "-1", "0", "NaN", "null", "1e9", "true", "[]"])
def test_what_is_no_price_is_left_out(provider: Provider, file: Path, price: str) -> None:
    page = recorded("azure-page-1.json", f"{provider.url}/azure").decode()
    provider.says("/azure", (200, page.replace('"retailPrice": 0.526', f'"retailPrice": {price}').encode()))
    provider.says("/azure?page=2", (200, b'{"Items": [], "NextPageLink": null}'))
    found = ask(file, provider)
    assert found.new == found.old
    assert any("is no price; left out" in remark for remark in found.remarks)


def test_another_currency_is_refused(provider: Provider, file: Path) -> None:
    page = recorded("azure-page-1.json", f"{provider.url}/azure").decode()
    provider.says("/azure", (200, page.replace('"currencyCode": "USD"', '"currencyCode": "EUR"').encode()))
    provider.says("/azure?page=2", (200, b'{"Items": [], "NextPageLink": null}'))
    with pytest.raises(refresh.RefreshError, match="'EUR', asked for was USD"):
        ask(file, provider)


def test_a_leap_is_not_believed_unless_somebody_says_so(provider: Provider, tmp_path: Path) -> None:
    azure(provider)
    file = tmp_path / "prices.csv"
    file.write_text(written(NC4 | {"usd_per_hour": "5.26"}), encoding="utf-8")
    found = ask(file, provider)
    assert found.new == found.old
    assert "5.26 -> 0.526  NOT TAKEN: more than a factor of 3" in str(found.changes[0])
    assert offers_of(ask(file, provider, large=True).new)["NC4"]["usd_per_hour"] == "0.526"


def test_spot_that_is_no_cheaper_is_left_out(provider: Provider, file: Path) -> None:
    page = recorded("azure-page-1.json", f"{provider.url}/azure").decode()
    provider.says("/azure", (200, page.replace('"retailPrice": 0.1052', '"retailPrice": 0.526').encode()))
    provider.says("/azure?page=2", (200, b'{"Items": [], "NextPageLink": null}'))
    found = ask(file, provider)
    assert offers_of(found.new)["NC4"]["usd_per_hour_spot"] == ""
    assert any("not below the plain price" in remark for remark in found.remarks)


# gpuhunt


def test_the_catalogue_is_the_second_source(provider: Provider, tmp_path: Path) -> None:
    """g4dn in its region, plain and spot; p5 has a price of 0 there, and g5 only a special offer."""
    file = tmp_path / "prices.csv"
    file.write_text(written(AWS, P5, G5), encoding="utf-8")
    provider.says("/gpuhunt/aws/version", (200, b"20261119"))
    provider.says("/gpuhunt/aws/latest/catalog.zip", (200, catalogue()))
    found = ask(file, provider, "gpuhunt")
    new = offers_of(found.new)
    assert (new["g4dn"]["usd_per_hour"], new["g4dn"]["usd_per_hour_spot"]) == ("0.526", "0.1578")
    assert new["g4dn"]["as_of"] == "2026-11-19"
    assert found.vanished == ("row 3, p5, us-east-1", "row 4, g5, us-east-1")
    assert any("p5: the price '0'" in remark for remark in found.remarks)


def test_azure_comes_first_and_the_catalogue_has_the_rest(provider: Provider, tmp_path: Path) -> None:
    azure(provider)
    file = tmp_path / "prices.csv"
    file.write_text(written(NC4, AWS), encoding="utf-8")
    provider.says("/gpuhunt/aws/version", (200, b"what?"))
    provider.says("/gpuhunt/aws/latest/catalog.zip", (200, catalogue()))
    found = ask(file, provider, "both")
    assert found.confirmed == 2
    assert not [address for address in provider.asked if "gpuhunt/azure" in address]
    assert offers_of(found.new)["g4dn"]["as_of"] == "2026-11-22"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"no zip", "is damaged"),
        (b"", "is damaged"),
        (catalogue("a,b\n1,2\n"), "lacks the columns"),
        (catalogue()[:-30], "is damaged"),
    ],
)
def test_a_bad_catalogue_is_a_sentence(provider: Provider, tmp_path: Path, body: bytes, sentence: str) -> None:
    file = tmp_path / "prices.csv"
    file.write_text(written(AWS), encoding="utf-8")
    provider.says("/gpuhunt/aws/version", (200, b"20261119"))
    provider.says("/gpuhunt/aws/latest/catalog.zip", (200, body))
    with pytest.raises(refresh.RefreshError, match=sentence):
        ask(file, provider, "gpuhunt")


# Writing


def test_the_file_is_replaced_and_the_old_one_kept(provider: Provider, file: Path) -> None:
    azure(provider)
    before = file.read_bytes()
    found = ask(file, provider)
    copy = refresh.write(found, file, now=datetime(2026, 11, 22, 12, 30, tzinfo=UTC))
    assert copy == file.parent / "history" / "prices-20261122T123000Z.csv"
    assert copy.read_bytes() == before
    assert file.read_bytes() == found.new
    assert sorted(path.name for path in file.parent.iterdir()) == ["history", "prices.csv"]
    assert prices.load(file, TODAY)["usd_per_hour"].tolist()[:2] == [0.526, 0.789]
    again = ask(file, provider)
    assert again.new == again.old
    assert refresh.write(again, file) is None


def test_a_file_that_changed_meanwhile_is_not_overwritten(provider: Provider, file: Path) -> None:
    azure(provider)
    found = ask(file, provider)
    file.write_text(written(OTHER), encoding="utf-8")
    with pytest.raises(refresh.RefreshError, match="changed by somebody else"):
        refresh.write(found, file)
    assert file.read_text(encoding="utf-8") == written(OTHER)


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_write_that_fails_half_way_leaves_the_old_file(
    provider: Provider, file: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    azure(provider)
    found, before = ask(file, provider), file.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*(("os.fsync", full) if when == "fsync" else ("pathlib.Path.replace", full)))
    with pytest.raises(OSError, match="No space left"):
        refresh.write(found, file)
    assert file.read_bytes() == before
    assert not list(file.parent.glob(".prices*"))


def test_a_broken_price_file_is_not_refreshed(provider: Provider, file: Path) -> None:
    file.write_text(written(NC4 | {"usd_per_hour": "-1"}), encoding="utf-8")
    with pytest.raises(prices.PriceError):
        ask(file, provider)
    assert provider.asked == []


# The command

Run = Callable[..., int]


@pytest.fixture
def run(provider: Provider, file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`prices refresh` on the file, with the provider in the place of the world."""
    azure(provider)
    monkeypatch.setattr(refresh, "WAIT_S", 0.0)
    urls = ["--azure-url", f"{provider.url}/azure", "--gpuhunt-url", f"{provider.url}/gpuhunt"]
    return lambda *more: cli.main(["prices", "refresh", "--file", str(file), *urls, *more])


def test_the_difference_is_shown_and_then_written(run: Run, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = file.read_bytes()
    assert run("--dry-run") == cli.OK
    assert file.read_bytes() == before
    assert "row 3, NC8, eastus, usd_per_hour: 0.752 -> 0.789" in capsys.readouterr().out
    assert run() == cli.OK
    assert file.read_bytes() == before
    assert "Add --yes" in capsys.readouterr().out
    assert run("--yes") == cli.OK
    assert "0.789" in file.read_text(encoding="utf-8")
    assert "Written to prices.csv. The old file is" in capsys.readouterr().out


def test_a_failure_says_that_the_file_is_as_it_was(
    run: Run, provider: Provider, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_bytes()
    provider.says("/azure", (500, b""))
    assert run("--yes") == cli.FAILED
    told = capsys.readouterr().err
    assert "answered 500" in told
    assert "prices.csv is as it was" in told
    assert "Traceback" not in told
    assert file.read_bytes() == before


def test_checking_the_prices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prices", "check"]) == cli.OK
    assert "prices.csv is valid. Offers: " in capsys.readouterr().out
    bad = tmp_path / "bad.csv"
    bad.write_text(written({"usd_per_hour": "0"}), encoding="utf-8")
    assert cli.main(["prices", "check", "--file", str(bad)]) == cli.FAILED
    assert "bad.csv, row 2, column usd_per_hour: found '0'" in capsys.readouterr().out
    assert cli.main(["prices", "check", "--file", str(tmp_path / "none.csv")]) == cli.UNUSABLE
    assert cli.main(["prices"]) == cli.UNUSABLE


def test_recorded_answers_have_the_documented_shape() -> None:
    for name in ("azure-page-1.json", "azure-page-2.json"):
        page = json.loads((RECORDED / name).read_text(encoding="utf-8"))
        assert {"Items", "NextPageLink", "Count"} <= set(page)
        assert page["Count"] == len(page["Items"])
