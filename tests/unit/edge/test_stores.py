"""Counter stores: alike in memory and on disk, safe across threads, processes, forks and kill -9."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import CounterExhausted, ReplayDetected, SecurityError, TransportError, UsageError
from dlmskit.security.counters import RANGES, CounterStore, Scope

SCOPE = Scope(b"ABC00001", b"12345678")
OTHER_KEY = Scope(b"ABC00001", b"87654321")
OTHER_TITLE = Scope(b"ABC00002", b"12345678")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CounterStore]:
    if request.param == "memory":
        yield MemoryCounterStore()
        return
    with SqliteCounterStore(tmp_path / "counters.sqlite") as kept:
        yield kept


def test_counters_go_up_in_each_scope_of_its_own(store: CounterStore) -> None:
    first, second, other = store.reserve(SCOPE, 10), store.reserve(SCOPE, 10), store.reserve(OTHER_KEY, 5)
    assert (first.start, first.end, second.start, second.end) == (1, 11, 11, 21)
    assert (other.start, store.reserve(OTHER_TITLE, 1).start) == (1, 1)
    assert first.take() == 1


def test_learning_is_provisional_until_confirmed(store: CounterStore) -> None:
    assert not store.known(SCOPE)
    store.learn(SCOPE, 5000)
    assert store.reserve(SCOPE, 10).start == 5000
    assert not store.known(SCOPE)
    store.learn(SCOPE, 40)
    assert store.reserve(SCOPE, 10).start == 40
    store.confirm(SCOPE)
    assert store.known(SCOPE)
    assert not store.known(OTHER_KEY)
    assert store.reserve(SCOPE, 1).start == 50
    store.learn(SCOPE, 7)
    assert store.reserve(SCOPE, 1).start == 51


def test_a_refused_step_changes_nothing(store: CounterStore) -> None:
    store.reserve(SCOPE, 10)
    with pytest.raises(CounterExhausted):
        store.learn(SCOPE, 0xFFFFFFFE)
    with pytest.raises(UsageError):
        store.reserve(SCOPE, 0)
    assert store.reserve(SCOPE, 1).start == 11
    store.learn(SCOPE, 0xFFFFFFFE, consent=True)
    assert store.reserve(SCOPE, 9).left == 1
    with pytest.raises(CounterExhausted):
        store.reserve(SCOPE, 1)


def test_A40_received_counters_are_kept_and_replays_refused(store: CounterStore) -> None:
    assert store.received(SCOPE) is None
    store.accept(SCOPE, 41)
    assert store.received(SCOPE) == 41
    for counter in (41, 3):
        with pytest.raises(ReplayDetected):
            store.accept(SCOPE, counter)
    store.accept(SCOPE, 42)
    assert (store.received(SCOPE), store.received(OTHER_KEY)) == (42, None)


def test_a_counter_is_lowered_only_with_a_reason_that_is_kept(tmp_path: Path) -> None:
    memory = MemoryCounterStore()
    with SqliteCounterStore(tmp_path / "counters.sqlite") as kept:
        for store in (memory, kept):
            store.reserve(SCOPE, 500)
            with pytest.raises(UsageError):
                store.override(SCOPE, 20, reason=" ")
            store.override(SCOPE, 20, reason="learnt from the wrong meter")
            assert store.reserve(SCOPE, 1).start == 20
    assert memory.overrides == [(SCOPE, 501, 20, "learnt from the wrong meter")]
    rows = sqlite3.connect(tmp_path / "counters.sqlite")
    assert rows.execute("SELECT title, from_counter, to_counter, reason FROM override").fetchall() == [
        (SCOPE.title, 501, 20, "learnt from the wrong meter")
    ]
    rows.close()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("reserve"), st.integers(0, 70)),
            st.tuples(st.just("learn"), st.one_of(st.integers(0, 400), st.integers(0, 0xFFFFFFFF))),
            st.tuples(st.just("confirm"), st.none()),
            st.tuples(st.just("accept"), st.integers(0, 50)),
        ),
        max_size=30,
    )
)
def test_the_file_behaves_as_memory_does(steps: list[tuple[str, int | None]]) -> None:
    def run(store: MemoryCounterStore | SqliteCounterStore) -> list[str]:
        seen = []
        for name, number in steps:
            try:
                seen.append(repr(getattr(store, name)(SCOPE, *([] if number is None else [number]))))
            except (SecurityError, UsageError) as error:
                seen.append(repr(error))
            seen.append(f"{store.known(SCOPE)} {store.received(SCOPE)}")
        return seen

    with tempfile.TemporaryDirectory() as folder, SqliteCounterStore(Path(folder) / "counters.sqlite") as kept:
        assert run(kept) == run(MemoryCounterStore())


def test_counters_outlive_the_store(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folders" / "counters.sqlite"
    with SqliteCounterStore(path) as store:
        store.learn(SCOPE, 900)
        store.reserve(SCOPE, 64)
        store.accept(OTHER_KEY, 3)
    with SqliteCounterStore(path) as store:
        assert store.reserve(SCOPE, 1).start == 964
        assert store.received(OTHER_KEY) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_closed_store_opens_again(tmp_path: Path) -> None:
    store = SqliteCounterStore(tmp_path / "counters.sqlite")
    store.close()
    assert store.reserve(SCOPE, 1).start == 1
    store.close()


@pytest.mark.parametrize("wrong", ["folder", "under a file", "text", "foreign", "newer"])
def test_what_cannot_be_a_store_is_a_usage_error_that_names_it(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "counters.sqlite"
    if wrong == "folder":
        path.mkdir()
    elif wrong == "under a file":
        path.write_bytes(b"")
        path /= "counters.sqlite"
    elif wrong == "text":
        path.write_bytes(b"counters are kept elsewhere\n" * 99)
    else:
        database = sqlite3.connect(path)
        database.execute("PRAGMA user_version = 9" if wrong == "newer" else "CREATE TABLE theirs (x)")
        database.close()
    with pytest.raises(UsageError, match=r"counters\.sqlite"):
        SqliteCounterStore(path)


def test_a_store_that_breaks_later_is_a_transport_error(tmp_path: Path) -> None:
    path = tmp_path / "counters.sqlite"
    with SqliteCounterStore(path, timeout_s=0.01) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransportError, match="locked"):
            store.reserve(SCOPE, 1)
        other.execute("ROLLBACK")
        assert store.reserve(SCOPE, 1).start == 1
        other.execute("DROP TABLE ledger")
        other.close()
        with pytest.raises(TransportError):
            store.received(SCOPE)


def test_a_lease_given_back_is_handed_out_again_unless_somebody_reserved_since(store: CounterStore) -> None:
    block = store.reserve(SCOPE, 10)
    assert [block.take(), block.take()] == [1, 2]
    store.settle((SCOPE, block.surrender()), {})
    with pytest.raises(CounterExhausted):
        block.take()
    second, third = store.reserve(SCOPE, 10), store.reserve(SCOPE, 10)
    assert (second.start, third.start) == (3, 13)
    store.settle((SCOPE, second.surrender()), {})
    assert store.reserve(SCOPE, 1).start == 23
    store.learn(SCOPE, 500)
    learnt = store.reserve(SCOPE, 10)
    learnt.take()
    store.settle((SCOPE, learnt.surrender()), {})
    assert store.reserve(SCOPE, 1).start == 501


def test_ranges_of_one_key_are_counted_apart_and_end_where_they_end(store: CounterStore) -> None:
    on, off = (Scope(SCOPE.title, SCOPE.fingerprint, RANGES[name]) for name in ("on-line", "off-line"))
    assert (store.reserve(on, 5).start, store.reserve(off, 5).start) == (1, 1 << 31)
    assert store.reserve(on, 5).start == 6
    store.learn(on, (1 << 31) - 2, consent=True)
    assert store.reserve(on, 5).end == 1 << 31
    with pytest.raises(CounterExhausted):
        store.reserve(on, 1)
    assert store.reserve(off, 1).start == (1 << 31) + 5


def test_A40_received_counters_are_kept_by_title_and_association(store: CounterStore) -> None:
    here, there = (Scope(b"MTR00001", SCOPE.fingerprint, association=name) for name in ("a/1/1", "a/2/1"))
    store.settle(None, {here: 7, there: 9})
    store.settle(None, {here: 5})
    assert store.received_by(SCOPE.fingerprint, "a/1/1") == {b"MTR00001": 7}
    assert store.received_by(SCOPE.fingerprint, "a/2/1") == {b"MTR00001": 9}
    assert store.received_by(OTHER_KEY.fingerprint, "a/1/1") == {}
    with pytest.raises(UsageError, match="reason"):
        store.reset_received(here, reason="")
    store.reset_received(here, reason="meter replaced")
    assert store.received_by(SCOPE.fingerprint, "a/1/1") == {}
    if isinstance(store, MemoryCounterStore):
        assert store.overrides == [(here, 7, None, "meter replaced")]
    else:
        with sqlite3.connect(store.path) as rows:  # type: ignore[attr-defined]
            assert rows.execute("SELECT from_counter, to_counter, reason FROM override").fetchall() == [
                (7, None, "meter replaced")
            ]
        rows.close()


def test_a_file_of_the_first_version_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "counters.sqlite"
    rows = sqlite3.connect(path)
    rows.executescript(
        "CREATE TABLE ledger (title BLOB NOT NULL, fingerprint BLOB NOT NULL, following INTEGER NOT NULL,"
        " confirmed INTEGER NOT NULL, pending TEXT, spent TEXT NOT NULL, received INTEGER,"
        " PRIMARY KEY (title, fingerprint)) WITHOUT ROWID;"
        "CREATE TABLE override (at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, title BLOB NOT NULL,"
        " fingerprint BLOB NOT NULL, from_counter INTEGER NOT NULL, to_counter INTEGER NOT NULL, reason TEXT NOT NULL);"
        "PRAGMA user_version = 1;"
    )
    rows.execute("INSERT INTO ledger VALUES (?, ?, 77, 1, NULL, '[[90, 95]]', 4)", (SCOPE.title, SCOPE.fingerprint))
    rows.commit()
    rows.close()
    with SqliteCounterStore(path) as store:
        assert store.known(SCOPE)
        assert (store.received(SCOPE), store.reserve(SCOPE, 50).start) == (4, 77)
        assert store.reserve(SCOPE, 1).start == 95
    with SqliteCounterStore(path) as again:
        assert again.reserve(SCOPE, 1).start == 96


def test_threads_share_a_store_and_a_file(tmp_path: Path) -> None:
    stores = [SqliteCounterStore(tmp_path / "counters.sqlite") for _ in range(2)]
    memory = MemoryCounterStore()
    given_out: list[int] = []
    from_memory: list[int] = []

    def work(store: SqliteCounterStore) -> None:
        SqliteCounterStore(tmp_path / "counters.sqlite").close()  # opening again must not loosen the others' locks
        for _ in range(15):
            block = store.reserve(SCOPE, 3)
            given_out.extend(block.take() for _ in range(block.left))
            block = memory.reserve(SCOPE, 3)
            from_memory.extend(block.take() for _ in range(block.left))

    threads = [threading.Thread(target=work, args=(stores[at % 2],)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert sorted(given_out) == sorted(from_memory) == list(range(1, 6 * 15 * 3 + 1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_opens_the_file_for_itself(tmp_path: Path) -> None:
    with SqliteCounterStore(tmp_path / "counters.sqlite") as store:
        store.reserve(SCOPE, 5)
        child = os.fork()
        if not child:
            os._exit(0 if store.reserve(SCOPE, 5).start == 6 else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert store.reserve(SCOPE, 5).start == 11
