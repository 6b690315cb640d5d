"""The embedded world: every series on one exchange, with its crowd, for as long as anybody watches.

When an event closes the next of its series opens at once; the closed one is decided and paid later.
One schedule holds everybody who will act; the exchange's own timers come first at any moment.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from tui_mm.domain.units import DOLLAR, DOLLAR_OF_MONEY, Money, Nanos, Price
from tui_mm.exchange.crowd import Market, Trader
from tui_mm.exchange.exchange import Exchange
from tui_mm.exchange.maker import Maker
from tui_mm.exchange.orders import AccountId
from tui_mm.exchange.schedule import Schedule
from tui_mm.exchange.series import every_series
from tui_mm.exchange.series.edition import Edition, Series
from tui_mm.exchange.takers import INFORMED, NOISE, InformedTaker, NoiseTaker

CROWD_CASH = Money(1_000_000_000 * DOLLAR_OF_MONEY)  # never the reason why a trader stops
_MAKERS = tuple(AccountId(f"crowd-maker-{number}") for number in range(1, 6))


class World:
    """An exchange that lives: contracts come and go, and a crowd trades them."""

    def __init__(
        self,
        *,
        seed: int,
        starts_at: Nanos,
        series: Callable[[int], tuple[Series, ...]] = every_series,
    ) -> None:
        self.exchange = Exchange()
        self._seed = seed
        self._schedule: Schedule[Callable[[Nanos], Nanos | None]] = Schedule()
        for account in (*_MAKERS, NOISE, INFORMED):
            self.exchange.open_account(account, CROWD_CASH, is_watched=False)
        for recurring in series(seed):
            self._schedule.add(starts_at, partial(self._open, recurring))

    def next_at(self) -> Nanos:
        """When somebody acts or something happens next."""
        own, exchange = self._schedule.next_at, self.exchange.next_at()
        moments = [at for at in (own, exchange) if at is not None]
        return min(moments)

    def advance(self, now: Nanos) -> None:
        """Let everybody act up to and including this moment."""
        due = self._schedule.next_at
        while due is not None and due <= now:
            at, act = self._schedule.pop()
            self.exchange.advance(at)
            again = act(at)
            if again is not None:
                self._schedule.add(again, act)
            due = self._schedule.next_at
        self.exchange.advance(now)

    def _open(self, series: Series, at: Nanos) -> Nanos:
        edition = series.edition(at)
        for offering in edition.offerings:
            contract = offering.contract
            self.exchange.list_contract(contract, edition.group, opens_at=at, at=at)
            market = Market(
                exchange=self.exchange,
                contract=contract,
                belief=offering.belief,
                profile=offering.profile,
            )
            for trader in self._crowd(market):
                self._schedule.add(trader.arrives_at(at), trader.act)
        decided_at = Nanos(edition.closes_at + edition.decided_after)
        self._schedule.add(decided_at, partial(self._decide, edition))
        return edition.closes_at

    def _crowd(self, market: Market) -> list[Trader]:
        """Everybody who trades in one contract, each with randomness of its own."""
        seed = f"{self._seed}/{market.contract.id}"
        makers = _MAKERS[: market.profile.makers]
        return [
            *(Maker(market, account, Random(f"{seed}/{account}")) for account in makers),
            NoiseTaker(market, Random(f"{seed}/{NOISE}")),
            InformedTaker(market, Random(f"{seed}/{INFORMED}")),
        ]

    def _decide(self, edition: Edition, at: Nanos) -> None:
        for offering in edition.offerings:
            is_yes = offering.belief.at(edition.closes_at) == 1.0
            self.exchange.determine(
                offering.contract.id,
                DOLLAR if is_yes else Price(0),
                pays_at=Nanos(at + edition.paid_after),
                at=at,
            )
