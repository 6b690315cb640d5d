"""Whether a book can be trusted: sequence numbers, proof of life, crossed prices.

Law: a book counts only from a snapshot on, and only while every numbered frame of its subscription
has been seen since. Numbers belong to a subscription and run over all its contracts, so one missing
frame spoils every book of that subscription, and each of them until its own next snapshot. A number
seen twice, or an older one, spoils them as well: the stream is not what it claims to be.

Freshness is proof of life of the subscription, not activity of the contract: a quiet market on a
subscription that talks is not stale. Any numbered frame of it counts, an acknowledgement as much as
a delta; trades and tickers come on streams of their own and prove nothing about this one.
"""

from collections.abc import Iterable
from typing import final

from tui_mm.domain.ids import ContractId, SubscriptionId
from tui_mm.domain.quote import Reason
from tui_mm.domain.units import Nanos


@final
class _Stream:
    """What is known of one subscription."""

    __slots__ = ("contracts", "heard_at", "next_seq", "subscription")

    def __init__(self, subscription: SubscriptionId, *, next_seq: int, heard_at: Nanos) -> None:
        self.subscription = subscription
        self.next_seq = next_seq
        self.heard_at = heard_at
        # A dict and not a set, for its order: what is reported must not depend on hashing.
        self.contracts: dict[ContractId, None] = {}


@final
class FeedHealth:
    """Judges every book of the desk; told of each frame, asked before each quote.

    `gaps` counts breaks of a sequence. `trusted` holds the contracts whose books have no gap since
    their snapshot: only their deltas may be applied.
    """

    def __init__(self) -> None:
        self._streams: dict[SubscriptionId, _Stream] = {}
        self._stream_of: dict[ContractId, _Stream] = {}
        self.trusted: set[ContractId] = set()
        self.gaps = 0

    def on_delta(
        self, contract: ContractId, subscription: SubscriptionId, seq: int, at: Nanos
    ) -> tuple[ContractId, ...]:
        """Note a delta; the contracts whose books it shows to be incomplete, usually none.

        After a gap every contract of the subscription is among them, this one included, and none
        is trusted before its next snapshot.
        """
        stream = self._stream_of.get(contract)
        if stream is not None and stream.next_seq == seq and stream.subscription == subscription:
            stream.next_seq = seq + 1
            stream.heard_at = at
            return ()
        return self._follow(subscription, seq, at)

    def on_other(self, subscription: SubscriptionId, seq: int, at: Nanos) -> tuple[ContractId, ...]:
        """Note a numbered frame that changes no book; answers as for a delta."""
        return self._follow(subscription, seq, at)

    def on_snapshot(
        self, contract: ContractId, subscription: SubscriptionId, seq: int, at: Nanos
    ) -> tuple[ContractId, ...]:
        """Note a full book: its contract is trusted from here on, and fed by this subscription.

        Returns the other contracts that a gap before it has spoiled. A snapshot whose number is
        not new may be older than what was applied since; it does not make its book trusted.
        """
        known = self._streams.get(subscription)
        is_new = known is None or seq >= known.next_seq
        spoiled = self._follow(subscription, seq, at)
        stream = self._streams[subscription]
        if self._stream_of.get(contract) is not stream:
            self._unbind(contract)
            stream.contracts[contract] = None
            self._stream_of[contract] = stream
        if is_new:
            self.trusted.add(contract)
        return tuple(each for each in spoiled if each != contract)

    def on_lost(self, contracts: Iterable[ContractId]) -> None:
        """Forget these books: the connection that fed them is gone."""
        for contract in contracts:
            self._unbind(contract)

    def on_rejected(self, contracts: Iterable[ContractId]) -> None:
        """Trust these books no more: something that belonged to them was not understood."""
        self.trusted.difference_update(contracts)

    def heard_at(self, contract: ContractId) -> Nanos | None:
        """When the subscription of this book last gave a sign of life; None without a book."""
        stream = self._stream_of.get(contract)
        return None if stream is None else stream.heard_at

    def problem(
        self, contract: ContractId, now: Nanos, *, stale_after: Nanos, is_crossed: bool
    ) -> Reason | None:
        """Why nobody should quote from this book; None when it is good."""
        stream = self._stream_of.get(contract)
        if stream is None:
            return Reason.NO_BOOK
        if contract not in self.trusted:
            return Reason.GAP
        if now - stream.heard_at > stale_after:
            return Reason.STALE
        return Reason.CROSSED if is_crossed else None

    def _follow(self, subscription: SubscriptionId, seq: int, at: Nanos) -> tuple[ContractId, ...]:
        stream = self._streams.get(subscription)
        if stream is None:
            # We may join a stream at any number: no book of it is trusted before its snapshot.
            self._streams[subscription] = _Stream(subscription, next_seq=seq + 1, heard_at=at)
            return ()
        expected, stream.next_seq, stream.heard_at = stream.next_seq, seq + 1, at
        if seq == expected:
            return ()
        self.gaps += 1
        spoiled = tuple(each for each in stream.contracts if each in self.trusted)
        self.trusted.difference_update(spoiled)
        return spoiled

    def _unbind(self, contract: ContractId) -> None:
        self.trusted.discard(contract)
        stream = self._stream_of.pop(contract, None)
        if stream is not None:
            del stream.contracts[contract]
            if not stream.contracts:
                del self._streams[stream.subscription]
