import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.gateway.deflate import choose_deflate


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        ("permessage-deflate", "permessage-deflate; server_no_context_takeover"),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            'permessage-deflate; server_max_window_bits="10"',
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
        ),
        (
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; server_no_context_takeover; server_max_window_bits=12",
        ),
        (
            "x-webkit-deflate-frame, permessage-deflate; odd, permessage-deflate",
            "permessage-deflate; server_no_context_takeover",
        ),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate",
            "permessage-deflate; server_no_context_takeover",
        ),
    ],
)
def test_the_first_offer_that_can_be_kept_is_answered(offer: str, answer: str) -> None:
    chosen = choose_deflate(offer)

    assert chosen is not None
    assert chosen.answer == answer


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "x-webkit-deflate-frame",
        "permessage-deflate; odd",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=²",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
    ],
)
def test_an_offer_with_anything_unknown_is_passed_over(offer: str) -> None:
    assert choose_deflate(offer) is None


@given(messages=st.lists(st.binary(max_size=5_000), max_size=4), bits=st.integers(9, 15))
def test_each_packed_message_stands_alone_in_the_agreed_window(
    messages: list[bytes], bits: int
) -> None:
    chosen = choose_deflate(f"permessage-deflate; server_max_window_bits={bits}")
    assert chosen is not None

    for message in messages:
        unpacker = zlib.decompressobj(-bits)
        assert unpacker.decompress(chosen.pack(message) + b"\x00\x00\xff\xff") == message


@given(offer=st.text())
def test_no_header_whatsoever_breaks_the_choice(offer: str) -> None:
    choose_deflate(offer)
    choose_deflate("permessage-deflate;" + offer)
