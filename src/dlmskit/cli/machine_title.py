"""Our own system title, where nobody gave one: drawn once for this machine and kept beside its counters.

Invocation counters are counted for a title and a key. A title that two machines shared would let them use one counter
twice; one drawn at random and lost together with the counters cannot.
"""

from __future__ import annotations

from dlmskit.cli.config import state_folder
from dlmskit.edge.clock import random_bytes
from dlmskit.errors import UsageError
from dlmskit.security.keys import check_title

_MAKER = b"DKC"
_FILE = "system-title"


def machine_title() -> bytes:
    """The eight octets that stand for this machine. Raises UsageError where they cannot be kept."""
    path = state_folder() / _FILE
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="ascii") as file:
                file.write((_MAKER + random_bytes(5)).hex())
        except FileExistsError:
            pass
        return check_title(bytes.fromhex(path.read_text(encoding="ascii")))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no system title"
        raise UsageError(f"{path}: {reason}", hints=("give --system-title",)) from None
