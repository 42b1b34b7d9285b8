"""What the page about rooms says: the answer in a sentence, its figures, how each is computed, what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from compute import units
from compute.compare.answers import Answer
from compute.money.costs import HOUR_S
from compute.money.jobs import Job
from compute.money.rooms import Room, Team


def verdict(room: Room) -> str:
    """How much floor it takes and whether the fuse holds, in one sentence."""
    if room.floor.what == "desk":
        fits = "A desk is enough"
    elif room.apartments <= 1:
        fits = f"{area(room.floor.area)} are enough"
    else:
        fits = f"{area(room.floor.area)}: you need {_whole(room.apartments)} such apartments"
    if room.fuses is None:
        return f"{fits}. Whether the main fuse holds is unknown."
    if room.fuses <= 1:
        return f"{fits}, and the main fuse holds."
    fuses = f"{_whole(room.fuses)} main fuses"
    return f"{fits} and {fuses}." if room.apartments > 1 else f"{fits}, but you need {fuses}."


def of_what(room: Room) -> str:
    """What stands there, in one line: the chips, their cores, the machines."""
    cores = "" if room.cores is None else f" with {units.count(room.cores)} cores"
    where = "under a desk" if room.floor.what == "desk" else f"in {_counted(room.racks, 'rack')}"
    return (
        f"{units.count(room.accelerators)} × {room.chip.name}{cores}, "
        f"in {_counted(room.machines, room.machine)} {where}"
    )


def figures(room: Room) -> list[Answer]:
    """Floor, machines, power and heat."""
    return [_floor(room), _machines(room), _power(room), _heat(room)]


def money(room: Room) -> list[Answer]:
    """What it costs to buy, to feed, and to rent instead."""
    return [_purchase(room), _electricity(room), _cloud(room)]


def missing(room: Room) -> list[str]:
    """A sentence for everything that is not known about the chip, and what to do about it."""
    name, id = room.chip.name, room.chip.id
    sentences = []
    if room.watts is None:
        sentences.append(
            f"The power of {name} is not known, so there are no watts, no heat and no electricity bill. Add its "
            f"`tdp_watts` with a source to `hardware.csv`."
        )
    if room.purchase is None:
        sentences.append(
            f"What {name} costs to buy is not known. Add a row for `{id}` with a source to `purchases.csv`."
        )
    if room.cloud is None:
        sentences.append(f"Nobody in `prices.csv` rents out {name} by the hour today.")
    return sentences


def sources(room: Room) -> list[tuple[str, str]]:
    """Where what is not assumed can be checked: words and an address."""
    found = [("data of the chip", room.chip.source_url)]
    if room.purchase is not None:
        found.append((f"price to buy, {room.purchase.as_of}", room.purchase.source_url))
    if room.cloud is not None:
        found.append((f"{room.cloud.offer}, {room.cloud.as_of}", room.cloud.source_url))
    return found


def of_team(team: Team, job: Job, chip: str, deadline_hours: float) -> str:
    """How the number follows from job and deadline, how sure it is, and where the speed comes from."""
    alone, limit = units.duration(team.alone_seconds), units.duration(deadline_hours * HOUR_S)
    bounds = "" if team.low == team.high else f" (between {units.count(team.low)} and {units.count(team.high)})"
    return (
        f"{job.title}: one {chip} takes {alone}. To be done in {limit} it takes "
        f"{units.count(team.accelerators)}{bounds}, if they share the work without loss. Speed: {team.how}."
    )


def steps_of(room: Room, values: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """How each number is computed, with the numbers in it: what, how, result. Give the assumptions of the room."""
    return [*_room_steps(room, values), *_power_steps(room, values), *_money_steps(room, values)]


def _room_steps(room: Room, values: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    number = units.count(room.accelerators)
    if room.machine == "desktop":
        fit = f"{number} of at most {values['cards_per_desktop']:g} cards"
        yield "Machines", fit, "1 desktop"
    else:
        per_server = f"{values['accelerators_per_server']:g} in a server"
        yield "Machines", f"{number} ÷ {per_server}", _counted(room.machines, "server")
        per_rack = f"{room.floor.per_place} in a rack"
        yield "Racks", f"{_counted(room.machines, 'server')} ÷ {per_rack}", _counted(room.racks, "rack")
        rows = f"{_counted(len(room.floor.rows), 'row')}, aisles are {room.floor.aisle_share:.0%} of the floor"
        yield "Layout", rows, f"{room.floor.width:,.2f} m × {room.floor.depth:,.2f} m"
    yield "Floor", f"{room.floor.width:,.2f} m × {room.floor.depth:,.2f} m", area(room.floor.area)
    yield "Apartments", f"{area(room.floor.area)} ÷ {area(room.apartment_m2)}", _ratio(room.apartments)


def _power_steps(room: Room, values: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    fuse = f"{values['fuse_phases']:g} × {values['fuse_volts']:g} V × {values['fuse_amperes']:g} A"
    yield "Main fuse", fuse, units.si(room.fuse_watts, "W")
    if room.watts is None or room.watts_with_cooling is None or room.fuses is None or room.heaters is None:
        return
    chips = f"{units.count(room.accelerators)} × {room.chip.tdp_watts:g} W"
    yield "Power of the accelerators", chips, units.si(room.accelerator_watts, "W")
    drawn = units.si(room.watts, "W")
    if room.machine == "desktop":
        rest = f"{units.si(room.accelerator_watts, 'W')} + {values['desktop_watts']:g} W"
        yield "… of the desktop, cooled by its own fans", rest, drawn
    else:
        servers = f"{units.si(room.accelerator_watts, 'W')} × {values['server_watts_factor']:g}"
        yield "… of the servers", servers, drawn
        yield "… with cooling", f"{drawn} × {values['pue']:g}", units.si(room.watts_with_cooling, "W")
    fuses = f"{units.si(room.watts_with_cooling, 'W')} ÷ {units.si(room.fuse_watts, 'W')}"
    yield "Main fuses", fuses, _ratio(room.fuses)
    yield "Heaters", f"{drawn} ÷ {values['heater_watts']:,g} W", _ratio(room.heaters)


def _money_steps(room: Room, values: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    hours = f"{values['hours_per_month']:g} h"
    if room.kwh_per_month is not None:
        power = f"{units.si(room.watts_with_cooling, 'W')} × {hours} × {values['load']:g} of full power"
        energy = f"{_rounded(room.kwh_per_month)} kWh"
        yield "Energy in a month", power, energy
        yield "Electricity in a month", f"{energy} × ${values['usd_per_kwh']:g}", usd(room.electricity_usd_per_month)
    if room.purchase is not None:
        price = f"{units.count(room.accelerators)} × {units.money(room.purchase.usd)}"
        yield "To buy", price, usd(room.purchase_usd)
    if room.cloud is not None:
        rent = f"{_counted(room.cloud.machines, 'machine')} × {units.money(room.cloud.usd_per_hour)} × {hours}"
        yield "Cloud in a month", rent, usd(room.cloud.usd_per_month)


def area(square_metres: float) -> str:
    """ "7.99 m²", "4,330 m²"."""
    return f"{_rounded(square_metres)} m²"


def usd(amount: float | None) -> str:
    """Dollars with three significant digits: "$248", "$27,900", "$3.00 million"."""
    if amount is None:
        return units.UNKNOWN
    rounded = float(f"{amount:.3g}")
    return f"${units.count(rounded)}" if rounded >= 100 else units.money(rounded)


def _floor(room: Room) -> Answer:
    meaning = (
        "Racks with the aisles before and behind them, or a desk with room for its chair. Doors, corridors and the "
        "machines of the cooling come on top."
    )
    share = (
        f"{_share(room.apartments)} of your apartment"
        if room.apartments < 1
        else f"{_ratio(room.apartments)} apartments"
    )
    return Answer("Floor", area(room.floor.area), share, meaning)


def _machines(room: Room) -> Answer:
    if room.machine == "desktop":
        meaning = "As many cards as fit into one desktop computer; more of them need servers."
        return Answer("Machines", "1 desktop", "under a desk", meaning)
    meaning = "Accelerators ÷ how many a server holds; servers ÷ how many a rack holds. Both are rounded up."
    if room.chip.form == "module":
        meaning += " This chip is a module, which sits on a board that only servers have."
    detail = f"in {_counted(room.racks, 'rack')}"
    return Answer("Machines", _counted(room.machines, "server"), detail, meaning)


def _power(room: Room) -> Answer:
    meaning = "What the machines draw at full load and the cooling on top, against what the main fuse carries."
    if room.watts_with_cooling is None or room.fuses is None:
        return Answer("Power", units.UNKNOWN, "the chip's watts are not known", meaning)
    fuse = f"{_share(room.fuses)} of the main fuse" if room.fuses < 1 else f"{_ratio(room.fuses)} main fuses"
    return Answer("Power", units.si(room.watts_with_cooling, "W"), fuse, meaning)


def _heat(room: Room) -> Answer:
    meaning = "All that the machines draw becomes heat in the room, as in an electric heater."
    if room.heaters is None:
        return Answer("Heat", units.UNKNOWN, "the chip's watts are not known", meaning)
    heaters = _ratio(room.heaters)
    noun = "heater" if heaters == "1.00" else "heaters"
    return Answer("Heat", f"{heaters} {noun}", f"{units.si(room.watts, 'W')}, day and night", meaning)


def _purchase(room: Room) -> Answer:
    meaning = "The accelerators alone. Servers, racks, network, cooling and the apartment come on top."
    if room.purchase is None:
        return Answer("To buy", units.UNKNOWN, "no price in our files", meaning)
    return Answer("To buy", usd(room.purchase_usd), f"the chips alone, price of {room.purchase.as_of}", meaning)


def _electricity(room: Room) -> Answer:
    meaning = "Power with cooling × hours of a month × the share of full power × the price of a kilowatt-hour."
    if room.kwh_per_month is None:
        return Answer("Electricity, a month", units.UNKNOWN, "the chip's watts are not known", meaning)
    return Answer(
        "Electricity, a month", usd(room.electricity_usd_per_month), f"{_rounded(room.kwh_per_month)} kWh", meaning
    )


def _cloud(room: Room) -> Answer:
    meaning = (
        "The cheapest way today to rent as many, around the clock, with their electricity, cooling and room. Nobody "
        "promises that so many are free, or near each other."
    )
    if room.cloud is None:
        return Answer("In the cloud, a month", units.UNKNOWN, "nobody rents it out by the hour", meaning)
    cloud = room.cloud
    price = "old price" if cloud.stale else "price"
    detail = f"{cloud.platform}, {price} of {cloud.as_of}"
    return Answer("In the cloud, a month", usd(cloud.usd_per_month), detail, meaning)


def _counted(number: int, noun: str) -> str:
    return f"{units.count(number)} {noun}" + ("" if number == 1 else "s")


def _whole(ratio: float) -> str:
    """How many whole ones a ratio above 1 takes; no more exact than the three digits that are shown of it."""
    return units.count(max(math.ceil(float(f"{ratio:.3g}")), 2))


def _share(ratio: float) -> str:
    """ "8.5 %", "100 %", "under 0.1 %"."""
    return f"{float(f'{100 * ratio:.2g}'):g} %" if ratio >= 0.001 else "under 0.1 %"


def _ratio(ratio: float) -> str:
    """How many times: "0.67", "8.34", "833"."""
    return _rounded(ratio) if ratio >= 0.001 else "under 0.001"


def _rounded(value: float) -> str:
    """Three significant digits: "7.99", "84.9", "146,000", "43.2 million"."""
    rounded = float(f"{value:.3g}")
    return (
        units.count(rounded) if rounded >= 1000 else f"{rounded:.{2 if rounded < 10 else 1 if rounded < 100 else 0}f}"
    )
