"""Scenarios of a telephone day, told once, run on a real Asterisk and on the simulator alike."""
