"""Every strategy by the word that selects it, with its own defaults."""

from collections.abc import Mapping

from tui_mm.strategy.base import Strategy
from tui_mm.strategy.pair import Pair
from tui_mm.strategy.penny import Penny

STRATEGIES: Mapping[str, Strategy] = {"penny": Penny(), "pair": Pair()}
