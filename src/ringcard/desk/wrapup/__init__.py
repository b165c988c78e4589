"""What is written of a call, while it lasts and when it is over: the note being typed, the outcome, the reminder."""
