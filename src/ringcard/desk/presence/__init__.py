"""What employees do now: ready, not ready, busy, after-call work, offline; and what their PBX's queues know of it."""
