"""Handing a customer over together with the card: what is written down for whoever takes it, and what became of it."""
