"""Whose number it is: the card, matching, the look-up in every source, and our own store as the first of them."""
