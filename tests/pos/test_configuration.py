"""The settings' file: what is taken, and that everything wrong is named and no secret is."""

import json
from pathlib import Path

import pytest

from pos.configuration import BadConfiguration, Configuration, read_configuration
from pos.keys.soft import SoftVault
from pos.keys.vault import VaultError
from pos.server import Limits
from recharge import KeyStore
from tests.support.source import ROOT

KEYS = KeyStore(bytes(range(32)))


def written(folder: Path, told: object, mode: int = 0o600) -> Path:
    path = folder / "pos.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_least(tmp_path: Path) -> None:
    told = read_configuration(written(tmp_path, {"listen": [{"port": 8086}]}))
    assert told.limits.limits() == Limits()
    assert isinstance(told.keys.vault(KEYS), SoftVault)
    assert told.listen[0].place().host == "127.0.0.1"
    assert told.parameters is None


def test_the_example_of_the_document_is_taken(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "pos.md").read_text(encoding="utf-8")
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    told = read_configuration(written(tmp_path, example))
    assert told.limits.limits() == Limits()
    assert told.parameters is not None
    assert told.parameters.parameters().amounts_minor == (5000, 10000)
    assert {name: getattr(told, name) for name in ("answer_seconds", "silent_hours", "institution", "language")} == {
        name: getattr(Configuration.model_validate({"listen": [{"port": 1}]}), name)
        for name in ("answer_seconds", "silent_hours", "institution", "language")
    }
    with pytest.raises(OSError, match="No such file"):
        told.listen[0].place()


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, "listen"),
        ({"listen": []}, "listen"),
        ({"listen": [{"port": 0}]}, "listen.0.port"),
        ({"listen": [{"port": 1}], "answer_seconds": 25}, "answer_seconds"),
        ({"listen": [{"port": 1}], "keys": {"kind": "paper"}}, "keys"),
        ({"listen": [{"port": 1}], "keys": {"kind": "pkcs11", "pin": "SECRETPIN"}}, "keys.pkcs11.module"),
        ({"listen": [{"port": 1}], "carriers": {"XX": "CMCC"}}, "carriers"),
        ({"listen": [{"port": 1}], "parameters": {"version": 0}}, "parameters.version"),
        ({"listen": [{"port": 1}], "limits": {"frame_octets": 1}}, "limits.frame_octets"),
        ({"listen": [{"port": 1}], "unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, told: object, named: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        read_configuration(written(tmp_path, told))
    assert named in str(caught.value)
    assert "SECRETPIN" not in str(caught.value)


def test_a_file_that_others_may_read_or_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="open to others"):
        read_configuration(written(tmp_path, {"listen": [{"port": 8086}]}, 0o644))
    with pytest.raises(BadConfiguration, match="cannot be read"):
        read_configuration(tmp_path / "none.json")


def test_a_token_without_its_package_or_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Configuration.model_validate(
        {"listen": [{"port": 1}], "keys": {"kind": "pkcs11", "module": "/nowhere.so", "token": "t", "pin": "SECRETPIN"}}
    )
    with pytest.raises(VaultError) as caught:
        told.keys.vault(KEYS)
    assert "SECRETPIN" not in repr(told) + str(caught.value)
    monkeypatch.setitem(__import__("sys").modules, "pos.keys.token", None)
    for work in (lambda: told.keys.vault(KEYS), told.keys.make_master):
        with pytest.raises(VaultError, match="python-pkcs11"):
            work()


def test_the_soft_store_makes_no_master() -> None:
    with pytest.raises(VaultError):
        Configuration.model_validate({"listen": [{"port": 1}]}).keys.make_master()
