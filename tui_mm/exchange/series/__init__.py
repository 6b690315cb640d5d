"""Series of events that follow one another for ever; one file each.

A new series is a file with a class that keeps the Series protocol, and its line here.
"""

from tui_mm.exchange.series.basketball import BasketballGame
from tui_mm.exchange.series.chart import ChartWeek
from tui_mm.exchange.series.crypto import CryptoQuarter
from tui_mm.exchange.series.edition import Series
from tui_mm.exchange.series.weather import WeatherDay


def every_series(seed: int) -> tuple[Series, ...]:
    """What the world consists of."""
    return (WeatherDay(seed), CryptoQuarter(seed), BasketballGame(seed), ChartWeek(seed))
