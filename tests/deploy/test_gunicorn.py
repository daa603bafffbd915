"""The gunicorn example: read as gunicorn reads it."""

import runpy
from typing import Any

import pytest
from gunicorn.config import Config

from tests.support.source import ROOT


def read() -> dict[str, Any]:
    values = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    return {name: value for name, value in values.items() if not name.startswith("_") and name != "os"}


def test_gunicorn_knows_every_setting_in_it() -> None:
    config = Config()
    for name, value in read().items():
        config.set(name, value)
    assert config.worker_class_str == "gthread"


def test_no_control_socket_is_opened() -> None:
    assert read()["control_socket_disable"] is True


def test_workers_share_nothing_they_inherit() -> None:
    assert read()["preload_app"] is False


def test_it_listens_to_this_machine_only() -> None:
    assert read()["bind"].startswith("127.0.0.1:")


def test_the_number_of_workers_and_threads_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONGCHONG_WEB_WORKERS", "5")
    monkeypatch.setenv("KONGCHONG_WEB_THREADS", "7")
    values = read()
    assert (values["workers"], values["threads"]) == (5, 7)


def test_requests_in_hand_are_finished_before_the_end() -> None:
    values = read()
    assert 0 < values["graceful_timeout"] < values["timeout"]
