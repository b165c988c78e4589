"""What an employee has in front of him: the screen pop and its why.

`pops` is pure state: call records in, pops out. `service` is the shell that hears the bus, asks who the number is
and tells the live channel. Nothing here knows of HTTP or of a PBX.
"""
