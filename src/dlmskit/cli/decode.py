"""`dlmskit decode`: what octets in any framing say."""

from dlmskit.cli.output import Output


async def decode(output: Output) -> None:
    """Stub."""
