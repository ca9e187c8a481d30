"""Conversations explained: why an authentication fails, and which single change would make it fit.

    explanation = auth(capture, Known(ek=ek, ak=ak, secret=b"…"))
    for step in explanation.steps: step.what, step.state, step.change

Offline: nothing is sent, nothing is kept, and no key or secret is shown.
"""

from __future__ import annotations

from dlmskit.explain.authentication import auth
from dlmskit.explain.changes import Change
from dlmskit.explain.known import Known
from dlmskit.explain.steps import Explanation, Step, Suggestion

__all__ = ["Change", "Explanation", "Known", "Step", "Suggestion", "auth"]
