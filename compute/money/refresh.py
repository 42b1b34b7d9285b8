"""Asks for today's prices: the Azure Retail Prices API, and the gpuhunt catalogue as a second source.

Only what is in `data/prices.csv` already is asked for; rows are never added or removed. The old file is replaced in one
stroke, after everything was read and checked, and a copy of it goes to `data/history/`. Whatever fails before, the old
file stays as it was, byte for byte.

Azure: `GET …/api/retail/prices`, one region at a time, following `NextPageLink`. Windows, dedicated and low-priority
rows are dropped, spot is kept; a price of 0 is no price. gpuhunt: one zipped CSV per provider.
Proxies are those that the system names (`https_proxy`). Needs no login.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import re
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from compute.money import facts, prices

AZURE_URL = "https://prices.azure.com/api/retail/prices"
GPUHUNT_URL = "https://dstack-gpu-pricing.s3.eu-west-1.amazonaws.com/v3"

AZURE_PLATFORMS = ("Azure", "Azure Machine Learning")
"""Azure Machine Learning bills the machine's own price. What is billed in units beside it keeps its own source."""

GPUHUNT_PROVIDERS = {
    "Azure": "azure",
    "Azure Machine Learning": "azure",
    "AWS": "aws",
    "GCP": "gcp",
    "Lambda": "lambdalabs",
    "Nebius": "nebius",
    "RunPod": "runpod",
}
SOURCES = ("azure", "gpuhunt", "both")

TIMEOUT_S = 30.0
ATTEMPTS = 5
WAIT_S = 3.0
"""What Azure asks for when it says 429 and no time."""

MOST_WAIT_S = 60.0
MOST_PAGES = 200
SKUS_PER_QUESTION = 15
MOST_BYTES = 200_000_000
"""More than any of the answers; what is larger is not what we asked for."""

LARGE = Decimal(3)
"""A price that grew or fell by more than this factor is not believed unless somebody says so."""


class RefreshError(Exception):
    """Prices could not be read; the message is a sentence or two for the person who asked."""


@dataclass(frozen=True)
class Price:
    """What a source says of one machine in one region. `spot` is None where it names none."""

    usd: Decimal
    spot: Decimal | None
    as_of: date
    source_url: str
    note: str


@dataclass(frozen=True)
class Change:
    """One cell of the price file that would change. `held` says why it is not changed all the same."""

    row: int
    offer: str
    region: str
    column: str
    old: str
    new: str
    held: str = ""

    def __str__(self) -> str:
        held = f"  NOT TAKEN: {self.held}" if self.held else ""
        place = f"{_place(self.row, self.offer, self.region)}, {self.column}"
        return f"{place}: {self.old or '(unknown)'} -> {self.new or '(unknown)'}{held}"


@dataclass(frozen=True)
class Found:
    """What the sources said, by (platform, sku, region), and in sentences what was odd about it."""

    prices: Mapping[tuple[str, str, str], Price] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refresh:
    """The file as it would be, and how it differs.

    `changes` are the prices that differ; `confirmed` rows have a price that a source said again, and so a new date;
    `vanished` rows were asked for and not in the answer: they stay as they are, with their old date.
    """

    old: bytes
    new: bytes
    changes: tuple[Change, ...]
    confirmed: int
    vanished: tuple[str, ...]
    remarks: tuple[str, ...]


Sleep = Callable[[float], None]


def ask(
    path: Path = prices.DATA,
    source: str = "azure",
    regions: Sequence[str] = (),
    *,
    azure_url: str = AZURE_URL,
    gpuhunt_url: str = GPUHUNT_URL,
    large: bool = False,
    today: date | None = None,
    sleep: Sleep = time.sleep,
) -> Refresh:
    """Ask the source (one of SOURCES) for the offers of the file, in these regions (none named: all). Writes nothing.

    With `large`, changes by more than a factor of LARGE are taken too. Raises RefreshError, `prices.PriceError` for a
    price file that is already broken, and OSError when it cannot be read.
    """
    now = today or facts.today()
    old = path.read_bytes()
    rows = prices.parse(old.decode("utf-8-sig"), path.name, now)
    wanted = [row for row in rows if row["status"] in ("current", "restricted") and not row["unit"]]
    wanted = [row for row in wanted if not regions or row["region"] in regions]
    found = Found()
    if source in ("azure", "both"):
        found = from_azure(wanted, azure_url, now, sleep)
    if source in ("gpuhunt", "both"):
        rest = [row for row in wanted if _key(row) not in found.prices]
        second = from_gpuhunt(rest, gpuhunt_url, now, sleep)
        found = Found({**second.prices, **found.prices}, (*found.remarks, *second.remarks))
    asked = {_key(row) for row in wanted if row["platform"] in _asked_platforms(source)}
    return merged(old, rows, found, asked, large, now, path.name)


def merged(
    old: bytes,
    rows: list[dict[str, str]],
    found: Found,
    asked: set[tuple[str, str, str]],
    large: bool,
    now: date,
    name: str,
) -> Refresh:
    """The rows with the prices that were found. Raises RefreshError when the outcome would not be a good price file."""
    changes: list[Change] = []
    vanished: list[str] = []
    confirmed = 0
    out = []
    for number, row in enumerate(rows, start=2):
        price = found.prices.get(_key(row))
        if price is None or row["unit"]:
            if _key(row) in asked and not row["unit"]:
                vanished.append(_place(number, row["offer"], row["region"]))
            out.append(row)
            continue
        new = _with_price(row, price)
        here = [_change(number, row, new, column, large) for column in ("usd_per_hour", "usd_per_hour_spot")]
        told = [change for change in here if change]
        changes += told
        held = any(change.held for change in told)
        confirmed += not held
        out.append(row if held else new)
    text = _written(out)
    try:
        prices.parse(text, name, now)
    except prices.PriceError as error:
        raise RefreshError(f"The new prices would break the file, so nothing is taken. {error.problems[0]}") from None
    new_bytes = old if out == rows else text.encode("utf-8")
    return Refresh(old, new_bytes, tuple(changes), confirmed, tuple(vanished), found.remarks)


def write(
    refresh: Refresh, path: Path = prices.DATA, history: Path | None = None, now: datetime | None = None
) -> Path | None:
    """Put the new file in the place of the old one, and a copy of the old one into `history`.

    Returns the copy; None when there was nothing to write. Raises RefreshError when the file is not any more the one
    that was read, and OSError; the old file is as it was then.
    """
    if refresh.new == refresh.old:
        return None
    if path.read_bytes() != refresh.old:
        raise RefreshError(f"{path.name} was changed by somebody else in the meantime. Nothing was written; ask again.")
    moment = now or datetime.now(UTC)
    copy = (history or path.parent / "history") / f"{path.stem}-{moment:%Y%m%dT%H%M%SZ}.csv"
    copy.parent.mkdir(parents=True, exist_ok=True)
    _replace(copy, refresh.old)
    _replace(path, refresh.new)
    return copy


# --- Azure ---


def from_azure(rows: Iterable[Mapping[str, str]], url: str, now: date, sleep: Sleep = time.sleep) -> Found:
    """Prices of the rows that are machines of Azure. Raises RefreshError."""
    machines = [row for row in rows if row["platform"] in AZURE_PLATFORMS and row["sku"].startswith("Standard_")]
    found: dict[tuple[str, str, str], Price] = {}
    remarks: list[str] = []
    for region in sorted({row["region"] for row in machines} - {""}):
        here = [row for row in machines if row["region"] == region]
        skus = sorted({row["sku"] for row in here})
        for start in range(0, len(skus), SKUS_PER_QUESTION):
            chosen = skus[start : start + SKUS_PER_QUESTION]
            items = list(_azure_items(url, region, chosen, sleep))
            for sku in chosen:
                price, odd = _azure_price(items, sku, region, url, now)
                remarks += odd
                if price:
                    found |= {_key(row): price for row in here if row["sku"] == sku}
    return Found(found, tuple(remarks))


def azure_question(url: str, region: str, skus: Sequence[str]) -> str:
    """The address that asks for these machines in one region, in USD."""
    named = " or ".join(f"armSkuName eq '{sku}'" for sku in skus)
    conditions = (
        "serviceName eq 'Virtual Machines'",
        "priceType eq 'Consumption'",
        f"armRegionName eq '{region}'",
        f"({named})",
    )
    query = {
        "api-version": "2023-01-01-preview",
        "currencyCode": f"'{prices.CURRENCY}'",
        "$filter": " and ".join(conditions),
    }
    return f"{url}?{urlencode(query, quote_via=quote)}"


def _azure_items(url: str, region: str, skus: Sequence[str], sleep: Sleep) -> Iterator[dict[str, Any]]:
    """All items of all pages. Raises RefreshError."""
    page = azure_question(url, region, skus)
    seen: set[str] = set()
    while page:
        if page in seen or len(seen) >= MOST_PAGES:
            raise RefreshError(f"Azure's answer for {region} goes round in circles after {len(seen)} pages.")
        seen.add(page)
        answer = _json(page, sleep)
        items = answer.get("Items") if isinstance(answer, dict) else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise RefreshError(f"Azure's answer for {region} has no list of Items. Its shape may have changed.")
        yield from items
        following = answer.get("NextPageLink")
        page = urljoin(page, following) if isinstance(following, str) else ""
        if page and urlsplit(page).netloc != urlsplit(url).netloc:
            raise RefreshError(f"Azure's answer for {region} goes on at another address, {urlsplit(page).netloc!r}.")


def _azure_price(
    items: Iterable[Mapping[str, Any]], sku: str, region: str, url: str, now: date
) -> tuple[Price | None, list[str]]:
    """The price of one machine, and what was odd about it."""
    normal: list[tuple[str, Decimal, str]] = []
    spot: list[tuple[str, Decimal, str]] = []
    odd = []
    for item in items:
        if item.get("armSkuName") != sku or item.get("armRegionName") != region or not _is_linux_hour(item):
            continue
        if item.get("currencyCode") != prices.CURRENCY:
            raise RefreshError(
                f"Azure gave the price of {sku} in {item.get('currencyCode')!r}, asked for was {prices.CURRENCY}."
            )
        meter, written, since = (
            str(item.get("meterName")),
            item.get("retailPrice"),
            str(item.get("effectiveStartDate"))[:10],
        )
        if facts.is_date(since) and date.fromisoformat(since) > now:
            continue  # announced, not yet true
        amount = None if isinstance(written, str) else _amount(written)
        if amount is None:
            odd.append(f"{sku} in {region}: {written} for {meter} is no price; left out.")
            continue
        entry = since if facts.is_date(since) else "", amount, meter
        (spot if "spot" in f"{meter} {item.get('skuName')}".lower() else normal).append(entry)
    if not normal:
        return None, odd
    since, usd, meter = max(normal)
    lower = max(spot)[1] if spot else None
    if lower is not None and lower >= usd:
        odd.append(f"{sku} in {region}: spot for {lower} is not below the plain price of {usd}; spot left out.")
        lower = None
    query = {"$filter": f"armSkuName eq '{sku}' and armRegionName eq '{region}'"}
    note = f"Linux, meter {meter}" + (f", since {since}" if since else "")
    return Price(usd, lower, now, f"{AZURE_URL}?{urlencode(query, quote_via=quote)}", note), odd


def _is_linux_hour(item: Mapping[str, Any]) -> bool:
    """An hour of a plain Linux machine, on demand or spot."""
    product, meter = str(item.get("productName", "")), str(item.get("meterName", ""))
    return (
        item.get("type") == "Consumption"
        and item.get("unitOfMeasure") == "1 Hour"
        and "Windows" not in product
        and "Dedicated" not in product
        and "Low Priority" not in meter
    )


# --- gpuhunt ---


def from_gpuhunt(rows: Iterable[Mapping[str, str]], url: str, now: date, sleep: Sleep = time.sleep) -> Found:
    """Prices of the rows whose sku and region stand in the catalogue of their provider. Raises RefreshError."""
    found: dict[tuple[str, str, str], Price] = {}
    remarks: list[str] = []
    wanted = [row for row in rows if row["platform"] in GPUHUNT_PROVIDERS]
    for provider in sorted({GPUHUNT_PROVIDERS[row["platform"]] for row in wanted}):
        here = [row for row in wanted if GPUHUNT_PROVIDERS[row["platform"]] == provider]
        day = _gpuhunt_day(_get(f"{url}/{provider}/version", sleep).decode("utf-8", "replace"), now)
        address = f"{url}/{provider}/latest/catalog.zip"
        catalogue = _catalogue(_get(address, sleep), provider, {row["sku"] for row in here})
        where = f"{GPUHUNT_URL}/{provider}/latest/catalog.zip"
        for row in here:
            price, odd = _gpuhunt_price(catalogue, row, day, where)
            remarks += odd
            if price:
                found[_key(row)] = price
    return Found(found, tuple(remarks))


def _gpuhunt_day(version: str, now: date) -> date:
    """The day in a version such as 20260819 or 20260819-1; today where there is none."""
    match = re.match(r"(20\d\d)-?(\d\d)-?(\d\d)", version.strip())
    try:
        return min(date(*map(int, match.groups())), now) if match else now
    except ValueError:
        return now


def _catalogue(data: bytes, provider: str, skus: set[str]) -> list[dict[str, str]]:
    """The rows of the zipped CSV that name one of the skus. Raises RefreshError."""
    needed = {"instance_name", "location", "price", "spot"}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = next(info for info in archive.infolist() if info.filename.endswith(".csv"))
            if member.file_size > MOST_BYTES:
                raise RefreshError(f"gpuhunt's catalogue of {provider} is too large: {member.file_size:,} bytes.")
            with archive.open(member) as file:
                reader = csv.DictReader(io.TextIOWrapper(file, "utf-8", newline=""))
                if missing := needed - set(reader.fieldnames or ()):
                    raise RefreshError(
                        f"gpuhunt's catalogue of {provider} lacks the columns {', '.join(sorted(missing))}."
                    )
                return [row for row in reader if row["instance_name"] in skus]
    except (zipfile.BadZipFile, StopIteration, UnicodeDecodeError, csv.Error, EOFError, OSError) as error:
        raise RefreshError(f"gpuhunt's catalogue of {provider} is damaged: {error or 'it has no CSV'}.") from None


def _gpuhunt_price(
    catalogue: Iterable[Mapping[str, str]], row: Mapping[str, str], day: date, where: str
) -> tuple[Price | None, list[str]]:
    """The lowest plain and spot price of the row's machine; a row without a region takes the lowest of all."""
    cells = [cell for cell in catalogue if cell["instance_name"] == row["sku"] and not cell.get("flags")]
    cells = [cell for cell in cells if row["region"] in ("", cell["location"])]
    amounts = {
        kind: [
            amount
            for cell in cells
            if (cell["spot"].lower() == "true") == (kind == "spot")
            if (amount := _amount(cell["price"]))
        ]
        for kind in ("plain", "spot")
    }
    odd = [
        f"{row['offer']}: the price {cell['price']!r} of the catalogue is no price; left out."
        for cell in cells
        if _amount(cell["price"]) is None
    ]
    if not amounts["plain"]:
        return None, odd
    usd, spot = min(amounts["plain"]), min(amounts["spot"], default=None)
    if spot is not None and spot >= usd:
        odd.append(f"{row['offer']}: spot for {spot} is not below the plain price of {usd}; spot left out.")
        spot = None
    return Price(usd, spot, day, where, "gpuhunt catalogue"), odd


# --- reading ---


def _json(url: str, sleep: Sleep) -> Any:
    """The answer as JSON, its numbers exact. An answer that was cut off is asked for again. Raises RefreshError."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return json.loads(_get(url, sleep), parse_float=Decimal)
        except ValueError:
            if attempt < ATTEMPTS:
                sleep(WAIT_S)
    raise RefreshError(f"{_host(url)} answered {ATTEMPTS} times with something that is no whole JSON.")


def _get(url: str, sleep: Sleep) -> bytes:
    """The answer, after a few attempts. Raises RefreshError."""
    trouble = ""
    for attempt in range(1, ATTEMPTS + 1):
        wait = WAIT_S * attempt
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "many-hands", "Accept": "*/*"})
            # An opener of its own: the common one remembers the proxies of its first use.
            with urllib.request.build_opener().open(request, timeout=TIMEOUT_S) as answer:
                data: bytes = answer.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise RefreshError(f"{_host(url)} sent more than {MOST_BYTES:,} bytes.")
            return data
        except urllib.error.HTTPError as error:
            trouble = f"answered {error.code} ({error.reason})"
            if error.code == 407:
                raise RefreshError(f"The proxy before {_host(url)} wants a login. Put it into https_proxy.") from None
            if error.code != 429 and error.code < 500:
                break
            wait = _asked_wait(error.headers.get("Retry-After"), wait)
        except (OSError, http.client.HTTPException) as error:  # URLError is an OSError: no network, no name, a cut line
            trouble = f"could not be read: {getattr(error, 'reason', None) or error or type(error).__name__}"
        if attempt < ATTEMPTS:
            sleep(wait)
    advice = "Is there a network, and does https_proxy name the proxy if one is needed?"
    raise RefreshError(f"{_host(url)} {trouble}. {advice}")


def _asked_wait(header: str | None, otherwise: float) -> float:
    """Seconds that the server asked for, within reason."""
    try:
        return min(max(float(header or ""), 0.0), MOST_WAIT_S)
    except ValueError:
        return otherwise


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _amount(value: object) -> Decimal | None:
    """An exact price above 0 that a machine may cost, or None."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 < amount <= prices.MOST_USD_PER_HOUR else None


# --- writing ---


def _asked_platforms(source: str) -> set[str]:
    azure, gpuhunt = set(AZURE_PLATFORMS), set(GPUHUNT_PROVIDERS)
    return {"azure": azure, "gpuhunt": gpuhunt, "both": azure | gpuhunt}[source]


def _place(row: int, offer: str, region: str) -> str:
    return f"row {row}, {offer}, {region}" if region else f"row {row}, {offer}"


def _key(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["platform"], row["sku"], row["region"]


def _with_price(row: dict[str, str], price: Price) -> dict[str, str]:
    """The row with the price, its day and source. A price that is the same number stays written as it was."""
    return row | {
        "usd_per_hour": _cell(row["usd_per_hour"], price.usd),
        "usd_per_hour_spot": _cell(row["usd_per_hour_spot"], price.spot),
        "as_of": price.as_of.isoformat(),
        "source_url": price.source_url,
        "note": price.note + ("; billed as the machine" if row["platform"] == "Azure Machine Learning" else ""),
    }


def _cell(old: str, new: Decimal | None) -> str:
    if new is None:
        return ""
    return old if old and Decimal(old) == new else f"{new.normalize():f}"


def _change(number: int, row: Mapping[str, str], new: Mapping[str, str], column: str, large: bool) -> Change | None:
    """The change of one cell, or None; held back when it is too large to be believed."""
    before, after = row[column], new[column]
    if before == after:
        return None
    held = ""
    if before and after and not large and not Decimal(1) / LARGE <= Decimal(after) / Decimal(before) <= LARGE:
        held = f"more than a factor of {LARGE}; look at the source, and take it with --large"
    return Change(number, row["offer"], row["region"], column, before, after, held)


def _written(rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, prices.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
