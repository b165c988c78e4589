"""Handling a call from the screen: what is asked of a PBX, what became of it, and whom one is about to dial.

"Accepted" is not "done": a request is settled by what the PBX reports afterwards (`settling`), never by its answer.
"""
