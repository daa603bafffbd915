"""The frozen balances: opening, in, out, closing; a closed day's closing is the next one's opening."""

from datetime import timedelta

from bank_settle.house import balances
from bank_settle.pipeline import Pipeline
from tests.bank_settle.scene import DAY, Scene


def test_written_and_read_again_they_are_the_same(scene: Scene) -> None:
    scene.sale()
    found = balances.read_day(scene.parts.books, DAY, None)
    assert balances.read(balances.render(found)) == found
    assert sum(item.closing_minor for item in found) == 0
    deposit = next(item for item in found if (item.kind, item.owner_code) == ("deposit", "A"))
    assert (deposit.opening_minor, deposit.net("deposit"), deposit.net("hold"), deposit.closing_minor) == (0, 1000000, -4900, 995100)


def test_a_closed_day_is_the_opening_of_the_next(scene: Scene) -> None:
    scene.sale()
    scene.morning_after()
    pipeline = Pipeline(scene.parts)
    pipeline.run(DAY)
    pipeline.sign(DAY, "FIN1")
    pipeline.close(DAY, "FIN2")
    scene.sale("B")
    scene.morning_after(2)
    following = DAY + timedelta(days=1)
    day = pipeline.run_scope("house", following).day
    frozen = balances.read(scene.parts.archive.path(day.facts["snapshot"]["sha256"]).read_bytes())
    assert frozen == balances.read_day(scene.parts.books, following, None)
    assert {item.owner_code: item.opening_minor for item in frozen if item.kind == "deposit"}["A"] == 995100
