"""A meter's clock set to now; its own time tells its zone and how long the way is."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from dlmskit.client.backend import MeterBackend, described
from dlmskit.cosem.ics import Clock
from dlmskit.data.value import Value
from dlmskit.errors import UsageError
from dlmskit.session.context import Context
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Exchange, Service
from dlmskit.times import ClockStatus, CosemDateTime


async def set_clock(backend: MeterBackend, clock: Clock, zone: tzinfo | None = None) -> CosemDateTime:
    """Set a clock to the time it will be when the request arrives, taken as half a round trip away; what was sent.

    Both moments are taken when the request goes, so waiting for the line does not count.
    zone  the meter's; by default the deviation it tells
    """
    descriptor = described(clock.time)
    protection = backend.demanded(descriptor)

    def ask(context: Context) -> Exchange[tuple[Value, float]]:
        begun = backend.now()
        value = yield from exchanges.get(context, descriptor)
        return value, backend.now() - begun

    value, round_trip_s = await backend.ask(Service(ask, protection=protection), clock.time)
    is_reversed = backend.plan.tolerances.deviation_sign_reversed
    told, saving = clock.time.load(value), ClockStatus(0)
    aware = told.aware_with(deviation_reversed=is_reversed)
    if zone is None:
        if aware is None:
            raise UsageError(f"{clock} tells {told}, no time with an offset from UTC: name its zone")
        zone, saving = aware.tzinfo, (told.status or saving) & ClockStatus.DAYLIGHT_SAVING_ACTIVE

    def put(context: Context) -> Exchange[CosemDateTime]:
        arrival = backend.environment.now() + timedelta(seconds=round_trip_s / 2)
        sent = CosemDateTime.from_datetime(arrival.astimezone(zone), status=saving)
        yield from exchanges.put(context, descriptor, clock.time.dump(sent.mirrored if is_reversed else sent))
        return sent

    return await backend.ask(Service(put, command=True, protection=protection), clock.time)
