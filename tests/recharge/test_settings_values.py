"""Each setting to the last edge: what is let in, what is refused, and what it becomes."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from recharge.domain.requests import Channel
from recharge.settings import Settings, SettingsError, load_settings

KEY = "00112233445566778899aabbccddeeff" * 2
MUST = {"DATABASE_URL": "sqlite:///books.sqlite3", "MASTER_KEY": KEY, "WEB_SECRET": "a-secret-for-the-site-of-a-test-0123"}


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a production deployment must set, and nothing else."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KONGCHONG_{name.upper()}", raising=False)
        monkeypatch.delenv(f"KONGCHONG_{name.upper()}_FILE", raising=False)
    for name, value in MUST.items():
        monkeypatch.setenv(f"KONGCHONG_{name}", value)


GOOD: list[tuple[str, str, object]] = [
    ("environment", "development", "development"),
    ("environment", "production", "production"),
    ("database_pool", "1", 1),
    ("log_level", "DEBUG", "DEBUG"),
    ("currency", "IDR", "IDR"),
    ("minor_digits", "0", 0),
    ("minor_digits", "2", 2),
    ("country_code", "1", "1"),
    ("country_code", "856", "856"),
    ("trunk_prefix", "0", "0"),
    ("number_lengths", "11", frozenset({11})),
    ("number_lengths", " 10 ,11", frozenset({10, 11})),
    ("business_zone", "UTC", "UTC"),
    ("cut_off", "00:00", time(0, 0)),
    ("cut_off", "23:30", time(23, 30)),
    ("languages", "en", ("en",)),
    ("languages", "id, zh_CN", ("id", "zh_CN")),
    ("password_pause_after", "5", 5),
    ("password_pause_minutes", "1", 1),
    ("password_lock_after", "3", 3),
    ("duplicate_window_minutes", "0", 0),
    ("reversal_same_day_only", "false", False),
    ("reversal_same_day_only", "1", True),
    ("reversal_window_minutes", "1", 1),
    ("reversal_day_count", "0", 0),
    ("reversal_month_count", "100", 100),
    ("transfer_up", "yes", True),
    ("transfer_down", "no", False),
    ("transfer_sideways", "on", True),
    ("transfer_most_minor", "1", 1),
    ("web_bind", "[::1]:8080", "[::1]:8080"),
    ("web_bind", "0.0.0.0:80", "0.0.0.0:80"),
    ("callback_bind", "10.0.0.1:8095", "10.0.0.1:8095"),
    ("stock_alarm_hours", "1", 1),
    ("stock_forecast_days", "14", 14),
    ("reply_text_days", "61", 61),
    ("wake_socket", "/run/kongchong/wake", Path("/run/kongchong/wake")),
    ("sent_elsewhere", "sms, stk", frozenset({Channel.SMS, Channel.STK})),
    ("dispatch_in_flight", "1", 1),
    ("dispatch_lease_seconds", "45", 45),
    ("dispatch_busy_ms", "1", 1),
    ("dispatch_idle_ms", "60000", 60_000),
]

BAD: list[tuple[str, str]] = [
    ("environment", "Production"),
    ("environment", "staging"),
    ("database_pool", "0"),
    ("database_pool", "many"),
    ("web_secret", "x" * 31),
    ("log_level", "LOUD"),
    ("currency", "yuan"),
    ("currency", "RMBX"),
    ("minor_digits", "3"),
    ("reply_text_days", "60"),
    ("minor_digits", "-1"),
    ("country_code", "086"),
    ("country_code", "+86"),
    ("country_code", "8686"),
    ("trunk_prefix", "x"),
    ("trunk_prefix", "000"),
    ("number_lengths", "eleven"),
    ("number_lengths", "11;12"),
    ("business_zone", "China"),
    ("business_zone", "../../etc/passwd"),
    ("business_zone", "+08:00"),
    ("cut_off", "24:00"),
    ("cut_off", "soon"),
    ("languages", "de"),
    ("languages", "zh_CN,,en"),
    ("languages", "ZH_cn"),
    ("password_pause_after", "0"),
    ("password_pause_minutes", "0"),
    ("password_pause_minutes", "1.5"),
    ("password_lock_after", "0"),
    ("password_lock_after", "2"),
    ("duplicate_window_minutes", "-1"),
    ("reversal_same_day_only", "perhaps"),
    ("reversal_window_minutes", "0"),
    ("reversal_day_count", "-1"),
    ("reversal_month_count", "many"),
    ("transfer_up", "up"),
    ("transfer_most_minor", "0"),
    ("transfer_most_minor", "1.00"),
    ("web_bind", "8080"),
    ("web_bind", "localhost"),
    ("web_bind", "a b:80"),
    ("callback_bind", "nowhere"),
    ("dispatch_in_flight", "0"),
    ("dispatch_lease_seconds", "44"),
    ("sent_elsewhere", "sms,smoke"),
    ("sent_elsewhere", "sms,,stk"),
    ("dispatch_busy_ms", "0"),
    ("dispatch_idle_ms", "-5"),
]


@pytest.mark.parametrize(("field", "text", "value"), GOOD)
def test_what_is_let_in(monkeypatch: pytest.MonkeyPatch, field: str, text: str, value: object) -> None:
    monkeypatch.setenv(f"KONGCHONG_{field.upper()}", text)
    assert getattr(load_settings(), field) == value


@pytest.mark.parametrize(("field", "text", "value"), GOOD)
def test_the_same_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str, text: str, value: object) -> None:
    path = tmp_path / "value"
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv(f"KONGCHONG_{field.upper()}_FILE", str(path))
    assert getattr(load_settings(), field) == value


@pytest.mark.parametrize(("field", "text"), BAD)
def test_what_is_refused_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch, field: str, text: str) -> None:
    monkeypatch.setenv(f"KONGCHONG_{field.upper()}", text)
    with pytest.raises(SettingsError) as error:
        load_settings()
    named = [problem.variable for problem in error.value.problems]
    assert named == [f"KONGCHONG_{field.upper()}"]
    assert str(error.value).startswith(f"KONGCHONG_{field.upper()}: ")


@pytest.mark.parametrize("field", ["database_url", "master_key"])
def test_what_must_be_set_has_no_default_anywhere(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    monkeypatch.delenv(f"KONGCHONG_{field.upper()}")
    for environment in ("development", "production"):
        monkeypatch.setenv("KONGCHONG_ENVIRONMENT", environment)
        with pytest.raises(SettingsError, match=f"KONGCHONG_{field.upper()}: is not set"):
            load_settings()


def test_every_setting_has_been_tried_here() -> None:
    tried = {field for field, *_ in GOOD} | {field for field, _ in BAD} | {name.lower() for name in MUST}
    assert set(Settings.model_fields) - tried <= {"sales_opens", "sales_closes"}


def test_rules_are_made_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PASSWORD_PAUSE_AFTER": "2",
        "PASSWORD_PAUSE_MINUTES": "30",
        "PASSWORD_LOCK_AFTER": "4",
        "DUPLICATE_WINDOW_MINUTES": "5",
        "REVERSAL_MONTH_COUNT": "9",
        "TRANSFER_SIDEWAYS": "true",
        "TRANSFER_MOST_MINOR": "100000",
        "CUT_OFF": "02:00",
    }.items():
        monkeypatch.setenv(f"KONGCHONG_{name}", value)
    settings = load_settings()
    assert (settings.try_rules.pause_after, settings.try_rules.pause, settings.try_rules.lock_after) == (2, timedelta(minutes=30), 4)
    assert settings.guard_rules.duplicate_window == timedelta(minutes=5)
    assert (settings.reversal_rules.month_count, settings.reversal_rules.window) == (9, None)
    assert (settings.transfer_rules.sideways, settings.transfer_rules.most_minor) == (True, 1000_00)
    assert settings.calendar.cut_off == time(2, 0)


def test_settings_are_not_changed_after_they_were_read() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.currency = "IDR"


@pytest.mark.parametrize("name", ["KONGCHONG_MASTERKEY", "KONGCHONG_DATABASE_URI", "KONGCHONG_DATABASE_URL_FIL", "KONGCHONG_CUTOFF"])
def test_slips_of_the_finger_are_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    with pytest.raises(SettingsError, match="did you mean KONGCHONG_"):
        load_settings()


@pytest.mark.parametrize(
    "name", ["KONGCHONG_HOME", "KONGCHONG_WEB_WORKERS", "KONGCHONG_TEST_RUN_FOLDER", "KONGCHONG_POS_PORT", "OTHER_CUTOFF"]
)
def test_other_programs_variables_are_not_slips(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert load_settings().currency == "CNY"
