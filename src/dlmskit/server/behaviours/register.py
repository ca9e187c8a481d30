"""Registers that count or measure: what they show follows from the time alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from dlmskit.cosem.ics import DemandRegister, ExtendedRegister, Register
from dlmskit.data.value import Tag, Value
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.behaviours.clock import EPOCH, RunningClock
from dlmskit.times import CosemDateTime


class Measuring(Behaviour):
    """A register whose number is a function of the moment: of the present one, or of a past one for a profile.

    number  the number before scaling, at a moment in UTC
    tag     the integer type it is sent in
    """

    def __init__(self, obj: Register, number: Callable[[datetime], int], tag: Tag = Tag.DOUBLE_LONG_UNSIGNED) -> None:
        super().__init__(obj)
        self.number, self._tag = number, tag

    @serves(Register.value)
    def value(self, context: Context) -> Value:
        return Value(self._tag, self.number(context.now))


class MeasuringWithTime(Measuring):
    """An extended register: measured all the time, so its capture time is the time of the clock it is given."""

    def __init__(
        self,
        obj: ExtendedRegister,
        number: Callable[[datetime], int],
        clock: RunningClock,
        tag: Tag = Tag.DOUBLE_LONG_UNSIGNED,
    ) -> None:
        super().__init__(obj, number, tag)
        self._clock = clock

    @serves(ExtendedRegister.capture_time)
    def capture_time(self, context: Context) -> CosemDateTime:
        return self._clock.local(context.now)


class Demand(Behaviour):
    """A demand register over a block of one period: averages of what a register has counted.

    total  what was counted up to a moment, in unit-hours of the averages
    """

    def __init__(self, obj: DemandRegister, total: Callable[[datetime], float], clock: RunningClock) -> None:
        super().__init__(obj)
        self._total, self._clock = total, clock
        self.default(DemandRegister.period, 900)
        self.default(DemandRegister.number_of_periods, 1)
        self.default(DemandRegister.status, Value(Tag.UNSIGNED, 0))

    @serves(DemandRegister.current_average_value)
    def current_average_value(self, context: Context) -> Value:
        return self._average(self._started(context.now), context.now)

    @serves(DemandRegister.last_average_value)
    def last_average_value(self, context: Context) -> Value:
        ended = self._started(context.now)
        return self._average(ended - self._period, ended)

    @serves(DemandRegister.capture_time)
    def capture_time(self, context: Context) -> CosemDateTime:
        return self._clock.local(self._started(context.now))

    @serves(DemandRegister.start_time_current)
    def start_time_current(self, context: Context) -> CosemDateTime:
        return self._clock.local(self._started(context.now))

    @property
    def _period(self) -> timedelta:
        return timedelta(seconds=self.stored(DemandRegister.period))

    def _started(self, now: datetime) -> datetime:
        """When the running period began: on the full period by the clock."""
        shown = self._clock.utc(now)
        return now - (shown - EPOCH) % self._period

    def _average(self, start: datetime, end: datetime) -> Value:
        """The average over the period, of which the running one may be only begun."""
        hours = self._period / timedelta(hours=1)
        return Value(Tag.DOUBLE_LONG_UNSIGNED, int((self._total(end) - self._total(start)) / hours))
