"""A market-making desk in a terminal; the map of its folders, in reading order.

domain      nouns, facts and wishes: what a price, an order, a fill is
market      the book in YES terms, and whether it can be trusted
portfolio   what we hold, what it made, what it could lose
pricing     what we believe a contract is worth
strategy    what we want resting
risk        whether we may
execution   which commands get us from what rests to what we want
engine      one synchronous step from a fact to commands; the snapshot observers see
exchange    an exchange of our own, with a crowd that trades on it
venues      how each venue spells all this
journal     what happened, durably
runtime     processes, sockets, clocks and signals
replay      recorded sessions through the same engine
ui          the desk on the screen
wiring      the one module that knows every other
"""
