"""The back office and the server with keys in a PKCS#11 token, from making its master key to a sale."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pos.configuration import read_configuration
from pos.crypto.des import check_value
from pos.keys.soft import SoftVault
from pos.keys.vault import VaultError
from pos.office import office
from tests.pos.conftest import MODULE, PIN
from tests.pos.post import open_post
from tests.pos.stand import COMPONENTS, MASTER, MERCHANT, TERMINAL, Stand
from tests.pos.test_office import PASSWORDS, deployment
from tests.support.world import NUMBER, PASSWORD, World

__all__ = ["deployment"]


@pytest.fixture
def settings(token: object, tmp_path: Path) -> Path:
    """Settings that name the token."""
    path = tmp_path / "pos.json"
    keys = {"kind": "pkcs11", "module": str(MODULE), "token": "kongchong", "pin": PIN, "label": f"of-{tmp_path.name}"[:30]}
    path.write_text(json.dumps({"listen": [{"port": 1}], "keys": keys}))
    path.chmod(0o600)
    return path


def told(settings: Path, *words: object) -> Result:
    return CliRunner().invoke(office, ["--language", "en", "--config", str(settings), *map(str, words)], catch_exceptions=True)


def load(settings: Path, folder: Path) -> str:
    """Both components, by two people; what the last one says."""
    said = ""
    for ordinal, (key, user) in enumerate(zip(COMPONENTS, ("security", "operations"), strict=True), 1):
        (folder / "component").write_text(key.hex())
        (folder / "password").write_text(PASSWORDS[user])
        files = ("--file", folder / "component", "--password-file", folder / "password")
        said = told(settings, "component", TERMINAL, ordinal, "--check", check_value(key).hex(), "--user", user, *files).output
    return said


def test_without_its_master_key_the_token_is_of_no_use(deployment: World, settings: Path) -> None:
    assert told(settings, "list").exit_code == 1


def test_a_terminal_whose_keys_are_in_the_token_sells(deployment: World, settings: Path, tmp_path: Path, free_port: int) -> None:
    assert told(settings, "token-master").exit_code == 0
    assert told(settings, "token-master").exit_code == 1
    assert told(settings, "register", TERMINAL, MERCHANT, "A").exit_code == 0
    assert check_value(MASTER).hex().upper() in load(settings, tmp_path)
    keys = read_configuration(settings).keys
    vault = keys.vault(deployment.keys)
    stand = Stand(deployment, vault=vault)

    async def whole() -> None:
        async with open_post(stand, tmp_path, free_port) as post:
            terminal = post.terminal()
            assert (await terminal.sign_in()).ended == "done"
            assert (await terminal.recharge(NUMBER, 5000, PASSWORD)).code == "00"
            assert (await terminal.settle()).ended == "done"

    asyncio.run(whole())
    terminal = stand.reader.sights([TERMINAL])[TERMINAL]
    assert terminal.master is not None
    # What lies in the database does not open by the soft store, with the very same master key.
    with pytest.raises(VaultError):
        SoftVault(deployment.keys).check_value(terminal.master)
    stand.close()
    vault.close()
