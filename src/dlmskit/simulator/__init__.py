"""Simulated meters: built-in models whose readings follow from a seed and the time."""

from __future__ import annotations

from dlmskit.simulator.expected import expected as expected
from dlmskit.simulator.models import MODELS as MODELS
from dlmskit.simulator.models import SAVED as SAVED
from dlmskit.simulator.models import build as build
from dlmskit.simulator.models import moment as moment
from dlmskit.simulator.models.recorded import recorded as recorded
