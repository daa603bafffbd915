"""Settings come from KONGCHONG_* variables and files, and everything that is wrong is named at once."""

from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from recharge.domain.requests import Channel
from recharge.settings import Settings, SettingsError, load_settings

KEY = "00112233445566778899aabbccddeeff" * 2
WEB_SECRET = "a-secret-for-the-site-of-a-test-0123"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing of ours is set but what a production deployment must set."""
    monkeypatch.setenv("KONGCHONG_DATABASE_URL", "sqlite:///books.sqlite3")
    monkeypatch.setenv("KONGCHONG_MASTER_KEY", KEY)
    monkeypatch.setenv("KONGCHONG_WEB_SECRET", WEB_SECRET)
    return monkeypatch


def problems() -> dict[str, str]:
    with pytest.raises(SettingsError) as error:
        load_settings()
    return {problem.variable: problem.text for problem in error.value.problems}


def secret_file(folder: Path, content: str, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return str(path)


@pytest.mark.usefixtures("variables")
def test_what_is_not_set_has_the_careful_value() -> None:
    settings = load_settings()
    assert settings.environment == "production"
    assert settings.master_key_bytes == bytes.fromhex(KEY)
    assert settings.numbering_plan.national("+86 138 0013 8000") == "13800138000"
    assert settings.calendar.zone == ZoneInfo("Asia/Shanghai")
    assert settings.try_rules.pause == timedelta(minutes=15)
    assert settings.guard_rules.duplicate_window == timedelta(minutes=10)
    assert settings.reversal_rules.window is None
    assert settings.transfer_rules.down
    assert settings.languages == ("zh_CN", "en", "id")


def test_every_kind_of_value_can_be_set(variables: pytest.MonkeyPatch) -> None:
    for name, value in {
        "COUNTRY_CODE": "62",
        "TRUNK_PREFIX": "0",
        "NUMBER_LENGTHS": "10, 11,12",
        "CURRENCY": "IDR",
        "MINOR_DIGITS": "0",
        "BUSINESS_ZONE": "Asia/Jakarta",
        "CUT_OFF": "02:30",
        "LANGUAGES": "id,en",
        "REVERSAL_WINDOW_MINUTES": "30",
        "REVERSAL_DAY_COUNT": "3",
        "TRANSFER_UP": "true",
        "WAKE_SOCKET": "/run/kongchong/wake",
    }.items():
        variables.setenv(f"KONGCHONG_{name}", value)
    settings = load_settings()
    assert settings.numbering_plan.national("+62 813-1234-5678") == "081312345678"
    assert settings.calendar.cut_off == time(2, 30)
    assert settings.languages == ("id", "en")
    assert settings.reversal_rules.window == timedelta(minutes=30)
    assert settings.reversal_rules.day_count == 3
    assert settings.transfer_rules.up
    assert settings.wake_socket == Path("/run/kongchong/wake")


def test_everything_that_is_wrong_is_named_at_once(variables: pytest.MonkeyPatch) -> None:
    variables.delenv("KONGCHONG_DATABASE_URL")
    for name, value in {
        "MASTER_KEY": "short",
        "WEB_SECRET": "short",
        "ENVIRONMENT": "test",
        "BUSINESS_ZONE": "Mars/Olympus",
        "NUMBER_LENGTHS": "eleven",
        "LANGUAGES": "zh_CN,de",
        "CUT_OFF": "25:00",
        "DISPATCH_LEASE_SECONDS": "5",
        "PASSWORD_LOCK_AFTER": "2",
        "TRANSFER_MOST_MINOR": "-1",
        "CALLBACK_BIND": "carrier",
        "WEB_BIND": "8080",
    }.items():
        variables.setenv(f"KONGCHONG_{name}", value)
    found = problems()
    wrong = (
        "DATABASE_URL MASTER_KEY WEB_SECRET ENVIRONMENT BUSINESS_ZONE NUMBER_LENGTHS LANGUAGES CUT_OFF"
        " DISPATCH_LEASE_SECONDS PASSWORD_LOCK_AFTER TRANSFER_MOST_MINOR CALLBACK_BIND WEB_BIND"
    )
    assert set(found) == {f"KONGCHONG_{name}" for name in wrong.split()}
    assert "is not set" in found["KONGCHONG_DATABASE_URL"]
    assert "64 hexadecimal digits" in found["KONGCHONG_MASTER_KEY"]


def test_no_secret_is_shown_with_what_is_wrong_with_it(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("KONGCHONG_MASTER_KEY", "73a9-not-a-key")
    assert "73a9" not in str(problems())


def test_no_secret_is_shown_with_the_settings() -> None:
    settings = Settings(environment="development", database_url="sqlite://", master_key=KEY, web_secret=WEB_SECRET)  # type: ignore[arg-type]
    assert KEY not in repr(settings)
    assert WEB_SECRET not in repr(settings)


@pytest.mark.parametrize("key", ["", "00" * 32, "ab" * 31, "zz" * 32, "0f" * 33])
def test_a_master_key_is_32_bytes_of_chance(variables: pytest.MonkeyPatch, key: str) -> None:
    variables.setenv("KONGCHONG_MASTER_KEY", key)
    assert set(problems()) == {"KONGCHONG_MASTER_KEY"}


def test_only_the_site_needs_its_secret_and_only_in_production(variables: pytest.MonkeyPatch) -> None:
    assert load_settings().site_secret() == WEB_SECRET.encode()
    variables.delenv("KONGCHONG_WEB_SECRET")
    settings = load_settings()
    with pytest.raises(SettingsError, match="KONGCHONG_WEB_SECRET: needs 32"):
        settings.site_secret()
    variables.setenv("KONGCHONG_ENVIRONMENT", "development")
    assert load_settings().site_secret() == b""


def test_a_value_may_stand_in_a_file(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables.delenv("KONGCHONG_MASTER_KEY")
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", secret_file(tmp_path, KEY + "\n"))
    assert load_settings().master_key_bytes == bytes.fromhex(KEY)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_key_file_may_be_shared_with_a_group_for_reading(variables: pytest.MonkeyPatch, tmp_path: Path, mode: int) -> None:
    variables.delenv("KONGCHONG_MASTER_KEY")
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", secret_file(tmp_path, KEY, mode))
    assert load_settings().master_key_bytes


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o660])
def test_a_key_file_that_others_may_open_is_refused(variables: pytest.MonkeyPatch, tmp_path: Path, mode: int) -> None:
    variables.delenv("KONGCHONG_MASTER_KEY")
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", secret_file(tmp_path, KEY, mode))
    found = problems()
    assert set(found) == {"KONGCHONG_MASTER_KEY_FILE"}
    assert "chmod 600" in found["KONGCHONG_MASTER_KEY_FILE"]


def test_a_file_that_is_not_there_is_named(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables.delenv("KONGCHONG_MASTER_KEY")
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", str(tmp_path / "nowhere"))
    assert "cannot be read" in problems()["KONGCHONG_MASTER_KEY_FILE"]


def test_a_file_that_is_no_text_is_named(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    variables.delenv("KONGCHONG_MASTER_KEY")
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", str(path))
    assert "not text" in problems()["KONGCHONG_MASTER_KEY_FILE"]


def test_a_value_and_a_file_for_the_same_setting_contradict(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables.setenv("KONGCHONG_MASTER_KEY_FILE", secret_file(tmp_path, KEY))
    assert "set as well" in problems()["KONGCHONG_MASTER_KEY_FILE"]


def test_a_misspelt_variable_is_not_passed_over(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("KONGCHONG_CUTOFF", "02:00")
    assert problems() == {"KONGCHONG_CUTOFF": "is not known; did you mean KONGCHONG_CUT_OFF?"}


def test_a_channels_own_variables_are_left_alone(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("KONGCHONG_STK_SMSC_ADDRESS", "127.0.0.1:2775")
    assert load_settings().currency == "CNY"


def test_an_empty_variable_is_as_good_as_none(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("KONGCHONG_REVERSAL_DAY_COUNT", "")
    assert load_settings().reversal_rules.day_count is None


@pytest.mark.parametrize("name", ["LANGUAGES", "NUMBER_LENGTHS"])
def test_a_list_names_something(variables: pytest.MonkeyPatch, name: str) -> None:
    variables.setenv(f"KONGCHONG_{name}", ",")
    assert f"KONGCHONG_{name}" in problems()


def test_channels_that_send_for_themselves_are_named(variables: pytest.MonkeyPatch) -> None:
    assert load_settings().sent_elsewhere == frozenset()
    variables.setenv("KONGCHONG_SENT_ELSEWHERE", "sms, stk")
    assert load_settings().sent_elsewhere == {Channel.SMS, Channel.STK}
    variables.setenv("KONGCHONG_SENT_ELSEWHERE", "smoke")
    assert "KONGCHONG_SENT_ELSEWHERE" in problems()
