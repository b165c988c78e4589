"""What a call is. Pure: no input or output, no asyncio, no clock, no logging.

Events go in (`events`), state comes out (`call`), and folding the same events always gives the same
record (`record`). Words are those of CSTA (ECMA-269); docs/glossary.md ties them to what the screen says.
"""
