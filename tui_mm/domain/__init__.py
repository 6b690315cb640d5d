"""Nouns, facts and wishes of the desk; imports nothing else of ours."""
