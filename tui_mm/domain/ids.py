"""Names of things, as distinct types so that one cannot be passed for another."""

from typing import NewType

VenueId = NewType("VenueId", str)
ContractId = NewType("ContractId", str)
EventGroupId = NewType("EventGroupId", str)

ClientOrderId = NewType("ClientOrderId", str)
"""Our name for an order, chosen before sending and never used twice."""

VenueOrderId = NewType("VenueOrderId", str)
TradeId = NewType("TradeId", str)

SubscriptionId = NewType("SubscriptionId", int)
"""One stream of numbered frames: unique over all connections of a run, never reused."""
