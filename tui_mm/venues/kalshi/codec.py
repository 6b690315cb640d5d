"""Kalshi's WebSocket frames as typed values.

Law: a frame is understood whole or refused with a sentence. Unknown fields are ignored, because the
venue adds some almost weekly; an unknown type is an `Other` that somebody must report; a known
type of another shape raises. Numbers and times stay the text they are until they are needed.
"""

from typing import Annotated, Final, Literal

import msgspec

from tui_mm.domain.errors import FrameNotUnderstood
from tui_mm.domain.text import clean

_YEAR_2100_S = 4_102_444_800
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=_YEAR_2100_S * 1_000)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=_YEAR_2100_S)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A subscription id or sequence number."""

_Outcome = Literal["yes", "no"]
_BookSide = Literal["bid", "ask"]
Level = tuple[str, str]
"""Price and quantity, both as text."""


class _Part(msgspec.Struct, frozen=True, gc=False):
    """A piece of a frame."""


class _Frame(msgspec.Struct, frozen=True, gc=False, tag_field="type"):
    """One message from the venue."""


class DeltaBody(_Part, frozen=True, gc=False):
    """One level changed; `ts` repeats `ts_ms` with up to six digits of the second."""

    market_ticker: str
    price_dollars: str
    delta_fp: str
    side: _Outcome
    ts_ms: Milliseconds | None = None
    ts: str | None = None


class OrderbookDelta(_Frame, frozen=True, gc=False, tag="orderbook_delta"):
    """A numbered change of one level."""

    sid: Number
    seq: Number
    msg: DeltaBody


class SnapshotBody(_Part, frozen=True, gc=False):
    """A full book as bids on both outcomes; an empty side has no key at all, or null."""

    market_ticker: str
    yes_dollars_fp: list[Level] | None = []
    no_dollars_fp: list[Level] | None = []


class OrderbookSnapshot(_Frame, frozen=True, gc=False, tag="orderbook_snapshot"):
    """A numbered full book."""

    sid: Number
    seq: Number
    msg: SnapshotBody
    sending_ts_ms: Milliseconds | None = None


class TickerBody(_Part, frozen=True, gc=False):
    """The touch as the venue summarises it; `time` repeats `ts_ms` more finely."""

    market_ticker: str
    yes_bid_dollars: str
    yes_ask_dollars: str
    yes_bid_size_fp: str
    yes_ask_size_fp: str
    ts_ms: Milliseconds
    price_dollars: str = ""
    time: str | None = None


class Ticker(_Frame, frozen=True, gc=False, tag="ticker"):
    """A summary of one market, without a sequence number."""

    msg: TickerBody
    sid: Number | None = None


class TradeBody(_Part, frozen=True, gc=False):
    """One execution between others; the taker's side is spelled in up to three ways."""

    market_ticker: str
    yes_price_dollars: str
    count_fp: str
    ts_ms: Milliseconds
    taker_book_side: _BookSide | None = None
    taker_outcome_side: _Outcome | None = None
    taker_side: _Outcome | None = None
    is_block_trade: bool = False


class Trade(_Frame, frozen=True, gc=False, tag="trade"):
    """A numbered execution."""

    msg: TradeBody
    sid: Number | None = None
    seq: Number | None = None


class PriceRangeBody(_Part, frozen=True, gc=False):
    """One band of a tick grid."""

    start: str
    end: str
    step: str


class LifecycleBody(_Part, frozen=True, gc=False):
    """What happened to a market; which of the rest is present depends on `event_type`."""

    event_type: str
    market_ticker: str
    is_deactivated: bool | None = None
    close_ts: Seconds | None = None
    settlement_value: str | None = None
    price_ranges: list[PriceRangeBody] = []


class MarketLifecycle(_Frame, frozen=True, gc=False, tag="market_lifecycle_v2"):
    """A numbered event in the life of some market, asked for or not."""

    msg: LifecycleBody
    sid: Number | None = None
    seq: Number | None = None


class SubscribedBody(_Part, frozen=True, gc=False):
    """The channel that was opened and the number of its stream."""

    channel: str
    sid: Number


class Subscribed(_Frame, frozen=True, gc=False, tag="subscribed"):
    """A subscription begins."""

    msg: SubscribedBody


class Ok(_Frame, frozen=True, gc=False, tag="ok"):
    """A command was carried out; on a numbered stream the answer has a number too."""

    sid: Number | None = None
    seq: Number | None = None


class Unsubscribed(_Frame, frozen=True, gc=False, tag="unsubscribed"):
    """A subscription ended because we asked."""

    sid: Number
    seq: Number | None = None


class ErrorBody(_Part, frozen=True, gc=False):
    """The venue's number and sentence for what it refused."""

    code: int
    msg: str = ""


class Error(_Frame, frozen=True, gc=False, tag="error"):
    """The venue refused a command or ended a subscription."""

    msg: ErrorBody
    sid: Number | None = None
    seq: Number | None = None

    @property
    def is_terminal(self) -> bool:
        """True when the subscription is gone: channel error, or its buffer overflowed."""
        return self.msg.code in (10, 25)


Frame = (
    OrderbookDelta
    | OrderbookSnapshot
    | Ticker
    | Trade
    | MarketLifecycle
    | Subscribed
    | Ok
    | Unsubscribed
    | Error
)


class Other(msgspec.Struct, frozen=True, gc=False):
    """A frame of a type that is not for the feed; `is_known` when we know why it exists."""

    type: str
    sid: Number | None = None
    seq: Number | None = None

    @property
    def is_known(self) -> bool:
        """True for the venue's documented types that say nothing about a book."""
        return self.type in _KNOWN_OTHERS


AnyFrame = Frame | Other

_KNOWN_OTHERS: Final = frozenset(
    {
        "cfbenchmarks_value",
        "cfbenchmarks_value_5hz",
        "event_fee_update",
        "event_lifecycle",
        "fill",
        "market_position",
        "multivariate_market_lifecycle",
        "order_group_updates",
        "pyth_value",
        "user_order",
    }
)

_FRAMES: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_OTHERS: msgspec.json.Decoder[Other] = msgspec.json.Decoder(Other)
_FEED_TYPES: Final = frozenset(
    {
        "orderbook_delta",
        "orderbook_snapshot",
        "ticker",
        "trade",
        "market_lifecycle_v2",
        "subscribed",
        "ok",
        "unsubscribed",
        "error",
    }
)

MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoder raises for bytes that are not the expected JSON; nesting too deep included."""


def decode(raw: bytes) -> AnyFrame:
    """The frame these bytes spell.

    Raises:
        FrameNotUnderstood: they are not JSON, or a known type has another shape.
    """
    try:
        return _FRAMES.decode(raw)
    except MALFORMED as problem:
        other = envelope(raw)
        if other is None or other.type in _FEED_TYPES:
            raise FrameNotUnderstood(sentence(problem)) from problem
        return other


def envelope(raw: bytes) -> Other | None:
    """Type, subscription and number of a frame that may not be understood otherwise."""
    try:
        return _OTHERS.decode(raw)
    except MALFORMED:
        return None


def sentence(problem: Exception) -> str:
    """What is wrong with the bytes, fit to be shown."""
    return clean(f"{problem}") or type(problem).__name__
