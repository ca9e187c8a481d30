"""How every test runs: hypothesis profiles, async tests in virtual time, the count of corpus cases."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support import corpus, virtual_time

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=30)
settings.register_profile(
    "fuzz",
    deadline=None,
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "1000")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests, also hypothesis's, in virtual time unless they ask for the real one."""
    run = asyncio.run if pyfuncitem.get_closest_marker("real_time") else virtual_time.run
    test = pyfuncitem.obj
    given = getattr(test, "hypothesis", None)
    if given is not None and inspect.iscoroutinefunction(given.inner_test):
        given.inner_test = _synchronous(given.inner_test, run)
    if not inspect.iscoroutinefunction(test):
        return None
    run(test(**{name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}))
    return True


def _synchronous(test: Callable[..., Any], run: Callable[[Any], object]) -> Callable[..., None]:
    @functools.wraps(test)
    def synchronous(*args: Any, **kwargs: Any) -> None:
        run(test(*args, **kwargs))

    return synchronous


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed and "corpus" in report.keywords:
        corpus.COUNT.tests += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With the corpus at hand, a whole run on the build machine that compared none of it has failed."""
    whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if os.environ.get("CI") == "true" and whole and corpus.AVAILABLE and not corpus.COUNT.tests:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(corpus.summary())
