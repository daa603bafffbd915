"""At most one credit a key, money conserved, and no terminal that believes what is not so, whatever gets lost and whoever dies."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from recharge import Engine, Origin, Reply, Request, Void
from tests.pos.model import Breach, Model, MortalEngine
from tests.pos.stand import Stand
from tests.support.books import check_books
from tests.support.province import Province

# A small slice of seeds every day; KONGCHONG_SEEDS widens it.
SEEDS = int(os.environ.get("KONGCHONG_SEEDS", "8"))


@pytest.fixture
def run() -> Iterator[Callable[..., Model]]:
    """Runs one seed over a database of its own; the books are looked at after it."""
    opened: list[tuple[Stand, Province]] = []

    def one(url: str, seed: int) -> Model:
        world = Province(url)
        world.deposit("A", "9000.00")
        stand = Stand(world)
        opened.append((stand, world))
        model = Model(stand, seed)
        model.run()
        check_books(world)
        return model

    yield one
    for stand, world in opened:
        stand.close()
        world.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_terminals_believe_is_so(run: Callable[..., Model], clean_sqlite_url: str, seed: int) -> None:
    run(clean_sqlite_url, seed)


@pytest.mark.mariadb
@pytest.mark.parametrize("seed", range(1000, 1000 + max(1, SEEDS // 5)))
def test_the_same_on_mariadb(run: Callable[..., Model], clean_mariadb_url: str, seed: int) -> None:
    run(clean_mariadb_url, seed)


def test_without_the_tombstone_a_late_sale_is_found(
    run: Callable[..., Model], tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is planted: a confirm or reversal of what never came only looks, and uses nothing up."""
    real = MortalEngine.take_many

    def only_looks(self: MortalEngine, requests: list[Request]) -> list[Reply]:
        others = iter(real(self, [request for request in requests if not isinstance(request.operation, Void)]))
        return [_told(self._engine, request.origin) if isinstance(request.operation, Void) else next(others) for request in requests]

    monkeypatch.setattr(MortalEngine, "take_many", only_looks)
    found = 0
    for seed in range(40):
        path = tmp_path_factory.mktemp("planted") / "books.sqlite3"
        for piece in sqlite_template.parent.glob("template.sqlite3*"):
            (path.parent / piece.name.replace("template", "books")).write_bytes(piece.read_bytes())
        try:
            run(f"sqlite:///{path}", seed)
        except Breach:
            found += 1
            break
    assert found, "the planted fault was not found"


def _told(engine: Engine, origin: Origin) -> Reply:
    told = engine.tell(origin)
    return Reply() if told.refusal is not None and told.refusal.code.value == "unknown_order" else told
