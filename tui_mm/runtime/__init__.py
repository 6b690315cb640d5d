"""Processes, sockets, clocks and signals around the engine."""
