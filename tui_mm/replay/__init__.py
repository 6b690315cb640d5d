"""Recorded sessions through the same engine."""
