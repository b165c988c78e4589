"""A PBX that speaks real AMI over TCP: the demo, the load generator and an administrator's dry run.

- `timeline`, `channels`, `wire`: virtual time, what an Asterisk holds, and how it is written down.
- `switch`: channels, bridges and threads; `dialplan` and `queues` the company's applications; `transfers`,
  `features` what people press.
- `server`, `actions`, `listings`, `filters`: the manager interface.
- `company`, `day`, `phones`, `truth`: who works there, what they do all day, and what really happened.

Everything but `server` is pure and deterministic: the clock is injected, chance comes from a seed.
Source: Asterisk 22.10.1, the recordings in tests/traces/asterisk.
"""
