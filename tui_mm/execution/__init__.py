"""From what rests to what is wanted, with the fewest commands."""
