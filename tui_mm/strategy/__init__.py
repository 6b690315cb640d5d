"""What we want resting: pure functions from a view of one market to a set of quotes."""
