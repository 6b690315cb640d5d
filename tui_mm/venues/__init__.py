"""How each venue spells what the engine says; venues do not know each other."""
