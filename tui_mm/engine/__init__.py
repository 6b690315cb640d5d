"""One synchronous step from a fact to approved commands, and the picture observers get."""
