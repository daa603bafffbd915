"""Files as they came: each once, the newest version counts, the older ones are kept."""

from dataclasses import replace
from datetime import timedelta

from bank_settle import files_in
from bank_settle.files_in import FileIn
from tests.bank_settle.scene import DAY, SCOPE, Scene

FIRST = FileIn(SCOPE, DAY, 0, "a" * 64, "carrier_platform", "20261120.txt", 1000, {"count": 3})


def register(scene: Scene, item: FileIn) -> bool:
    with scene.world.database.write() as connection:
        return files_in.register(connection, item, scene.world.clock.now())


def test_the_same_file_again_is_nothing_new(any_scene: Scene) -> None:
    assert register(any_scene, FIRST)
    assert not register(any_scene, FIRST)
    with any_scene.world.database.read() as connection:
        assert files_in.versions(connection, SCOPE, DAY) == [replace(FIRST, version=1)]


def test_another_one_is_the_next_version(any_scene: Scene) -> None:
    second = replace(FIRST, sha256="b" * 64)
    assert [register(any_scene, item) for item in (FIRST, second, FIRST)] == [True, True, False]
    with any_scene.world.database.read() as connection:
        assert files_in.newest(connection, SCOPE, DAY) == replace(second, version=2)
        assert [item.version for item in files_in.versions(connection, SCOPE, DAY)] == [1, 2]
        assert files_in.newest(connection, SCOPE, DAY + timedelta(days=1)) is None
        assert files_in.newest(connection, "bank:B", DAY) is None


def test_days_and_scopes_count_for_themselves(scene: Scene) -> None:
    items = [FIRST, replace(FIRST, day=DAY + timedelta(days=1)), replace(FIRST, scope="bank:B")]
    assert all(register(scene, item) for item in items)
    with scene.world.database.read() as connection:
        newest = [files_in.newest(connection, item.scope, item.day) for item in items]
    assert [item.version for item in newest if item is not None] == [1, 1, 1]
