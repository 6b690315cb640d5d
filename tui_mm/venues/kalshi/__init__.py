"""How Kalshi spells books, tickers, trades and the life of a market."""
