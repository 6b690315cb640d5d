"""What the engine as a whole is allowed to do."""

from enum import Enum


class TradingMode(Enum):
    """Quote, only shrink inventory, or cancel and nothing else."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"
