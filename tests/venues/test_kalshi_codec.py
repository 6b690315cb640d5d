"""Kalshi's text becomes exact values, or a sentence."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.units import price, qty
from tui_mm.venues.kalshi.codec import (
    Error,
    Ok,
    OrderbookDelta,
    OrderbookSnapshot,
    Other,
    decode,
)
from tui_mm.venues.kalshi.wire_numbers import PRICES, QUANTITIES, exchange_time, moment

DELTA = (
    b'{"type":"orderbook_delta","sid":2,"seq":3,"msg":{"market_ticker":"A-1","price_dollars":'
    b'"0.9600","delta_fp":"-54.00","side":"yes","ts":"2022-11-22T20:44:01.5Z","ts_ms":1669149841500}}'
)


def test_a_delta_is_read_with_its_address() -> None:
    """Stream and number are what a gap is found by."""
    frame = decode(DELTA)
    assert isinstance(frame, OrderbookDelta)
    assert (frame.sid, frame.seq, frame.msg.delta_fp) == (2, 3, "-54.00")


def test_fields_nobody_told_us_about_are_ignored() -> None:
    """The venue adds some almost weekly."""
    frame = decode(DELTA.replace(b'"sid":2', b'"sid":2,"new":{"deep":[1,{}]}'))
    assert isinstance(frame, OrderbookDelta)


def test_a_side_without_levels_has_no_key() -> None:
    """After a close the venue sends a book with neither side."""
    frame = decode(b'{"type":"orderbook_snapshot","sid":2,"seq":9,"msg":{"market_ticker":"A"}}')
    assert isinstance(frame, OrderbookSnapshot)
    assert (frame.msg.yes_dollars_fp, frame.msg.no_dollars_fp) == ([], [])


def test_a_list_answer_is_an_ok_like_any_other() -> None:
    """Its body is a list, and nothing of it is needed."""
    frame = decode(b'{"id":7,"type":"ok","msg":[{"channel":"orderbook_delta","sid":2}]}')
    assert frame == Ok()


@pytest.mark.parametrize(("code", "is_terminal"), [(8, False), (10, True), (25, True)])
def test_an_overflow_or_channel_error_ends_a_subscription(code: int, is_terminal: bool) -> None:
    """After these nothing more comes, and silence would look like a quiet market."""
    frame = decode(f'{{"type":"error","sid":2,"msg":{{"code":{code},"msg":"x"}}}}'.encode())
    assert isinstance(frame, Error)
    assert frame.is_terminal is is_terminal


@pytest.mark.parametrize(
    ("frame", "is_known"),
    [(b'{"type":"user_order","sid":1,"msg":{"a":1}}', True), (b'{"type":"surprise"}', False)],
)
def test_types_that_are_not_for_the_feed_are_told_apart(frame: bytes, is_known: bool) -> None:
    """A type we have never heard of must be reported, one we know need not be."""
    found = decode(frame)
    assert isinstance(found, Other)
    assert found.is_known is is_known


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"sid":2,', b""),
        (b'"seq":3', b'"seq":"3"'),
        (b'"seq":3', b'"seq":-3'),
        (b'"seq":3', b'"seq":NaN'),
        (b'"side":"yes"', b'"side":"YES"'),
        (b'"delta_fp":"-54.00"', b'"delta_fp":-54.00'),
        (b'"price_dollars"', b'"price"'),
        (b'"ts_ms":1669149841500', b'"ts_ms":16691498415000000'),
        (b"}}", b"}"),
        (b"A-1", b"A\xff1"),
    ],
)
def test_a_known_type_of_another_shape_is_refused(before: bytes, after: bytes) -> None:
    """A parser that finds an empty book under a renamed key loses money in silence."""
    assert before in DELTA
    with pytest.raises(FrameNotUnderstood) as refused:
        decode(DELTA.replace(before, after))
    assert str(refused.value)


def test_a_refusal_says_where_the_shape_is_wrong() -> None:
    """The sentence must be enough to find the change in the venue's notes."""
    with pytest.raises(FrameNotUnderstood, match="price_dollars"):
        decode(DELTA.replace(b'"price_dollars"', b'"price"'))


@given(
    st.binary(max_size=200) | st.builds(lambda junk: DELTA[: len(DELTA) // 2] + junk, st.binary())
)
def test_no_bytes_break_the_decoder(raw: bytes) -> None:
    """Whatever arrives is a frame or a sentence."""
    with suppress(FrameNotUnderstood):
        decode(raw)


@given(st.integers(0, len(DELTA) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_breaks_the_decoder(place: int, byte: int) -> None:
    """Nearly right frames reach further into the decoder than noise does."""
    with suppress(FrameNotUnderstood):
        decode(DELTA[:place] + bytes([byte]) + DELTA[place + 1 :])


def test_nesting_without_end_is_refused() -> None:
    """A frame may try to exhaust the stack."""
    with pytest.raises(FrameNotUnderstood):
        decode(b'{"type":"ticker","x":' + b"[" * 100_000)


_CENTS = st.integers(-(10**9), 10**9)


@given(_CENTS)
def test_quantities_are_exact(hundredths: int) -> None:
    """Fractions of a contract are common; a lost hundredth leaves a phantom level."""
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 100)
    assert QUANTITIES[f"{sign}{whole}.{rest:02d}"] == hundredths * 10_000


@given(st.integers(0, 10_000))
def test_prices_are_exact_on_every_grid(ten_thousandths: int) -> None:
    """Every price with four decimals is a price of ours, read again or for the first time."""
    text = f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}"
    assert PRICES[text] == PRICES[text] == price(text) == ten_thousandths


@pytest.mark.parametrize(
    "text", ["1.0001", "-0.01", "0.00001", "", " 0.5", "0.5\n", "5e-1", "NaN", "٠.٥", "1_0", "+0.5"]
)
def test_what_is_not_plainly_a_price_is_refused(text: str) -> None:
    """Other readers of numbers take some of these; a price taken wrong trades wrong."""
    with pytest.raises(ValueError, match=r"."):
        PRICES[text]


@given(st.text(max_size=12))
def test_caches_agree_with_the_plain_reading(text: str) -> None:
    """Remembering must never change what a text means, nor accept what was refused."""
    try:
        expected = qty(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            QUANTITIES[text]
    else:
        assert QUANTITIES[text] == QUANTITIES[text] == expected


@pytest.mark.parametrize(
    ("ts_ms", "text", "micros"),
    [
        (1_778_733_493_068, "2026-05-14T04:38:13.06829Z", 1_778_733_493_068_290),
        (1_778_733_493_068, "2026-05-14T04:38:13.068299Z", 1_778_733_493_068_299),
        (1_778_733_494_000, "2026-05-14T04:38:14Z", 1_778_733_494_000_000),
        (1_778_733_494_100, "2026-05-14T04:38:14.1Z", 1_778_733_494_100_000),
        (1_778_733_494_100, None, 1_778_733_494_100_000),
        (None, "2026-05-14T04:38:13.06829Z", 1_778_733_493_068_290),
        (1_778_733_494_100, "half past four in the morning", 1_778_733_494_100_000),
        (None, None, 0),
    ],
)
def test_exchange_time_is_as_fine_as_the_venue_says(
    ts_ms: int | None, text: str | None, micros: int
) -> None:
    """Trailing zeros are trimmed, and the finer text may vanish or change."""
    assert exchange_time(ts_ms, text) == micros * 1_000


def test_a_side_that_is_null_has_no_levels() -> None:
    """Some writers spell nothing so."""
    frame = decode(
        b'{"type":"orderbook_snapshot","sid":2,"seq":9,"msg":{"market_ticker":"A",'
        b'"yes_dollars_fp":null,"no_dollars_fp":[["0.4800","1.00"]]}}'
    )
    assert isinstance(frame, OrderbookSnapshot)
    assert not frame.msg.yes_dollars_fp


def test_utc_may_be_spelled_as_an_offset_of_zero() -> None:
    """Both spellings are the same moment."""
    assert moment("2026-05-14T04:45:00.5+00:00") == moment("2026-05-14T04:45:00.5Z")


@pytest.mark.parametrize(
    "text",
    ["2026-05-14", "2026-05-14T04:38:13+01:00", "2026-05-14T04:38:13", "2026-13-14T04:38:13Z", "x"],
)
def test_a_moment_that_is_not_utc_is_refused(text: str) -> None:
    """A close time read wrong by hours would keep quotes in a dead market."""
    with pytest.raises(ValueError, match=r"."):
        moment(text)


def test_frames_survive_being_written_again() -> None:
    """What we read is what the venue wrote, for every field we keep."""
    frame = decode(DELTA)
    assert decode(msgspec.json.encode(frame)) == frame
