"""Numbers for people: SI prefixes, significant digits, money, durations, memory.

Data keeps plain SI units (seconds, FLOP/s, bytes); only these functions turn them into text. An unknown
number (None or NaN) is never shown as 0: it reads "unknown".
"""

import math

UNKNOWN = "unknown"

# Every third power of ten that a rate, an amount of work or a bandwidth can reach.
_PREFIXES = {
    -18: "a",
    -15: "f",
    -12: "p",
    -9: "n",
    -6: "µ",
    -3: "m",
    0: "",
    3: "k",
    6: "M",
    9: "G",
    12: "T",
    15: "P",
    18: "E",
    21: "Z",
    24: "Y",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def si(value: float | None, unit: str, digits: int = 3) -> str:
    """Text with an SI prefix and `digits` significant digits: 1.234e12, "FLOP/s" becomes "1.23 TFLOP/s"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return f"0 {unit}".rstrip()
    rounded = float(f"{value:.{digits - 1}e}")  # first round, then choose: 999.9 is 1.00 k, not 1000
    factor, symbol = prefix(rounded)
    return f"{_significant(rounded / factor, digits)} {symbol}{unit}".rstrip()


def prefix(value: float) -> tuple[float, str]:
    """Factor and symbol of the SI prefix that suits a number: 1.2e12 gives (1e12, "T").

    A chart divides its axis by the factor and puts the symbol before the unit. 0 and non-finite numbers get
    (1.0, ""); numbers beyond the table get its nearest end.
    """
    if value == 0 or not math.isfinite(value):
        return 1.0, ""
    # The exponent is read from the decimal text: log10 of 1e15 may come out a hair below 15.
    exponent = int(f"{abs(value):e}".partition("e")[2])
    power = min(max(3 * (exponent // 3), min(_PREFIXES)), max(_PREFIXES))
    return float(f"1e{power}"), _PREFIXES[power]


def seconds(value: float | None, digits: int = 3) -> str:
    """A measured time: "12.3 ms", "1.50 s"; from two minutes on as `duration`. Takes seconds."""
    if value is not None and math.isfinite(value) and value >= 2 * _MINUTE:
        return duration(value)
    return si(value, "s", digits)


def duration(value: float | None) -> str:
    """A span to wait or to pay for, in its two largest units: "2 min 5 s", "3 h 20 min".

    Takes seconds. Raises ValueError for a negative number.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value < 0:
        raise ValueError(f"a duration cannot be negative, got {value}")
    if 0 < value < 0.5:
        return "under 1 s"
    if round(value) < _HOUR:
        return _two_units(round(value), _MINUTE, "min", "s")
    if round(value / _MINUTE) < _DAY // _MINUTE:
        return _two_units(round(value / _MINUTE), _HOUR // _MINUTE, "h", "min")
    hours = round(value / _HOUR)
    return _two_units(hours, _DAY // _HOUR, "day" if hours // 24 == 1 else "days", "h")


def money(usd: float | None) -> str:
    """US dollars with the cents that matter: "$0.53", "$3.67", "$0.0021", "$1,235"; 0 is "free"."""
    if usd is None or not math.isfinite(usd):
        return UNKNOWN
    if usd == 0:
        return "free"
    if usd < 0:
        return f"-{money(-usd)}"
    if usd < 1e-6:
        return "under $0.000001"
    if float(f"{usd:.2e}") < 1:
        return f"${_at_least_cents(_significant(usd, 3))}"
    return f"${usd:,.2f}" if round(usd, 2) < 1000 else f"${usd:,.0f}"


def count(value: float | None) -> str:
    """How many: "12,345" up to a million, then "61.1 million", "1.40 billion"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded = float(f"{value:.2e}")
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(rounded) >= size:
            return f"{_significant(rounded / size, 3)} {word}"
    return f"{value:,.0f}"


def gib(value: float | None) -> str:
    """Memory given in bytes, in powers of 1024: "1.50 GiB", "690 MiB"."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = value
    for unit in ("B", "KiB", "MiB"):
        if abs(size) < 1023.5:  # beyond it three digits would round up to 1024 of the smaller unit
            return f"{_significant(size, 3) if unit != 'B' else f'{size:.0f}'} {unit}"
        size /= 1024
    return f"{_significant(size, 3)} GiB"


def _significant(value: float, digits: int) -> str:
    """Fixed-point text with so many significant digits, thousands separated, never an exponent."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    return f"{value:,.{max(digits - 1 - exponent, 0)}f}"


def _at_least_cents(text: str) -> str:
    """Drop trailing zeros, but keep two decimals: "0.530" becomes "0.53", "0.100" becomes "0.10"."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _two_units(amount: int, per_large: int, large: str, small: str) -> str:
    """Split an amount of small units: 125, 60, "min", "s" gives "2 min 5 s"; an empty part is left out."""
    many, rest = divmod(amount, per_large)
    parts = [f"{many} {large}"] if many else []
    if rest or not many:
        parts.append(f"{rest} {small}")
    return " ".join(parts)
