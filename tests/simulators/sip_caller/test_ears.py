"""Knowing a prompt by its sound."""

from pathlib import Path

import pytest

from simulators.sip_caller.ears import Ears, Library


def packet(mark: int, at: int) -> bytes:
    return bytes([mark, at]) * 80


SOUNDS = {
    "zh/greeting": [packet(1, at) for at in range(5)],
    "zh/number/8": [packet(2, at) for at in range(3)],
    "en/greeting": [packet(3, at) for at in range(4)],
    "zh/pause": [b"\xd5" * 160] * 3 + [packet(4, 0)],
    "zh/other": [b"\xd5" * 160, packet(5, 0)],
}


@pytest.fixture
def ears(tmp_path: Path) -> Ears:
    for name, packets in SOUNDS.items():
        (tmp_path / f"{name}.alaw").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.alaw").write_bytes(b"".join(packets))
    return Ears(Library(tmp_path))


def listen(ears: Ears, *packets: bytes) -> list[tuple[str, str, bool]]:
    for one in packets:
        ears.listen(one)
    return [(item.language, item.name, item.whole) for item in ears.heard]


def test_prompts_one_after_another(ears: Ears) -> None:
    assert listen(ears, *SOUNDS["zh/greeting"], *SOUNDS["zh/number/8"], *SOUNDS["en/greeting"]) == [
        ("zh", "greeting", True),
        ("zh", "number/8", True),
        ("en", "greeting", True),
    ]


def test_the_same_prompt_twice_is_two(ears: Ears) -> None:
    assert listen(ears, *SOUNDS["zh/number/8"] * 2) == [("zh", "number/8", True)] * 2


def test_a_prompt_cut_short(ears: Ears) -> None:
    assert listen(ears, *SOUNDS["zh/greeting"][:3], *SOUNDS["zh/number/8"]) == [("zh", "greeting", False), ("zh", "number/8", True)]


def test_a_lost_packet_does_not_matter(ears: Ears) -> None:
    assert listen(ears, *SOUNDS["zh/greeting"][:4]) == [("zh", "greeting", True)]
    assert listen(ears, *SOUNDS["en/greeting"][2:])[-1] == ("en", "greeting", True)


def test_what_two_prompts_share_tells_neither(ears: Ears) -> None:
    assert not ears.listen(b"\xd5" * 160)
    assert listen(ears, packet(5, 0)) == [("zh", "other", True)]
    assert not ears.listen(b"noise")
