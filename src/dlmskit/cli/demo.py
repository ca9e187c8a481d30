"""`dlmskit demo`."""

from dlmskit.cli.output import Output


async def demo(output: Output) -> None:
    """Stub."""
