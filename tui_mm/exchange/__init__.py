"""An exchange of our own, with a crowd that trades on it; a product in itself.

Everything here is synchronous and deterministic: time is an argument, randomness comes from a seed
that is handed in, and the same seed gives the same reports to the last byte. In reading order:

orders      what can be asked of the exchange, and how it refuses
reports     what the exchange says happened
matching    one contract's book: price-time priority
accounts    cash, positions, collateral, fees
burned_ids  client order ids that may never come again
ledger      all accounts; money is never made
bulletin    reports on their way out, owners first
floor       what executions, ends and expiries do to money, books and reports
listings    the life of contracts, from listed to paid
exchange    the one door to all of it
belief      what the crowd's best informed traders know, exact martingales
score       the same for a basketball game
crowd       what every simulated trader is
maker       those who quote and requote
takers      noise, and those who know
series      events that follow one another for ever: weather, crypto, basketball, music
world       all series on one exchange, one heap of events
schedule    what happens when
latency     how long a command and a fact travel
"""
