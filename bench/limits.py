"""As many open files as the system lets one process have."""

from __future__ import annotations


def raise_file_limit() -> int:
    """The limit reached; 0 where the system has none to raise."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
