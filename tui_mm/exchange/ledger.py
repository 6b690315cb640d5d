"""All money at the exchange: accounts, what is locked behind open contracts, fees taken.

Law: money is never made. Deposits equal cash plus locked money plus fees, at every moment and to
the last micro-dollar; `imbalance` is the difference and always zero.
"""

from tui_mm.domain.contract import Contract
from tui_mm.domain.fees import FeeSchedule
from tui_mm.domain.ids import ContractId
from tui_mm.domain.units import Money, Price, Qty
from tui_mm.exchange.accounts import Account
from tui_mm.exchange.orders import AccountId, BookOrder


class Ledger:
    """Every account, and the exchange's own two purses."""

    def __init__(self) -> None:
        self._accounts: dict[AccountId, Account] = {}
        self._locked: dict[ContractId, int] = {}
        self._deposited = 0
        self._fees = 0

    def open(self, account_id: AccountId, cash: Money) -> None:
        """Let a trader in with this much cash."""
        if account_id in self._accounts:
            raise ValueError(f"account {account_id} is open already")
        self._accounts[account_id] = Account(cash)
        self._deposited += cash

    def account(self, account_id: AccountId) -> Account:
        """The account of this name. Raises KeyError when nobody opened it."""
        return self._accounts[account_id]

    def book_fill(
        self, order: BookOrder, *, price: Price, qty: Qty, is_maker: bool, fees: FeeSchedule
    ) -> Money:
        """Book one side of an execution; returns its fee."""
        account = self._accounts[order.account]
        booked = account.book_fill(order, price=price, qty=qty, is_maker=is_maker, fees=fees)
        self._locked[order.contract] = self._locked.get(order.contract, 0) - booked.revenue
        self._fees += booked.fee
        return booked.fee

    def settle(self, contract: Contract, yes_payout: Price) -> None:
        """Pay every position in a contract out of what is locked behind it.

        Raises:
            ArithmeticError: the locked money and the payouts differ, which no trade can cause.
        """
        locked = self._locked.pop(contract.id, 0)
        for account in self._accounts.values():
            payout = account.settle(contract, yes_payout)
            if payout is not None:
                locked -= payout.paid + payout.kept
                self._fees += payout.kept
        if locked:
            raise ArithmeticError(f"contract {contract.id} settled with {locked} left over")

    def imbalance(self) -> Money:
        """Money that came from nowhere (or, negative, vanished): always zero."""
        cash = sum(account.cash for account in self._accounts.values())
        return Money(cash + sum(self._locked.values()) + self._fees - self._deposited)
