"""The channel's file of settings."""

import json
from pathlib import Path

import pytest

from ivr.configuration import BadConfiguration, read_configuration


def written(folder: Path, told: object, mode: int = 0o600) -> Path:
    path = folder / "ivr.json"
    path.touch(mode=mode)
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("between us\n")
    read = read_configuration(written(tmp_path, {"asterisk": [{"secret_file": str(tmp_path / "secret")}]}))
    access = read.asterisk[0].access()
    assert (access.host, access.port, access.user, access.secret) == ("127.0.0.1", 5038, "kongchong", "between us")
    assert (read.fast, read.language, read.drain_seconds) == (None, "zh_CN", 60.0)
    assert "between us" not in repr(access) + repr(read)


def test_a_secret_in_the_file_itself(tmp_path: Path) -> None:
    read = read_configuration(written(tmp_path, {"asterisk": [{"secret": "between us"}], "fast": {"port": 4574}}))
    assert read.asterisk[0].access().secret == "between us"
    assert read.fast is not None
    assert (read.fast.host, read.fast.port) == ("127.0.0.1", 4574)
    assert "between us" not in repr(read)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "neither asterisk nor fast"),
        ({"asterisk": [{}]}, "needs secret or secret_file"),
        ({"asterisk": [{"secret": "a", "secret_file": "/b"}]}, "needs secret or secret_file"),
        ({"asterisk": [{"secret": "a", "port": 70000}]}, "asterisk.0.port"),
        ({"asterisk": [{"secret": "a", "user": "x\ny"}]}, "asterisk.0.user"),
        ({"fast": {}, "langauge": "en"}, "langauge"),
        ({"fast": {}, "language": "fr"}, "language"),
        ({"fast": {}, "drain_seconds": -1}, "drain_seconds"),
        ("{", "ivr.json"),
    ],
)
def test_everything_that_is_wrong_is_named(tmp_path: Path, told: object, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said):
        read_configuration(written(tmp_path, told))


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="chmod 640"):
        read_configuration(written(tmp_path, {"fast": {}}, 0o644))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_configuration(tmp_path / "none.json")


def test_no_fault_shows_a_secret(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_configuration(written(tmp_path, {"asterisk": [{"secret": "between us", "port": "x"}]}))
    assert "between us" not in str(caught.value)
