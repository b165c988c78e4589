"""A PBX that speaks real AMI over TCP: the demo, the load generator and an administrator's dry run.

- `timeline`, `channels`, `wire`: virtual time, what an Asterisk holds, and how it is written down.
- `switch`, `threads`: the life of channels and bridges, and the scripts that run them; `dialplan`, `dialling`,
  `queues`, `parking`, `conference` the company's applications; `transfers`, `feature_codes`, `recalls` what phones
  and keys do.
- `pbx`: all of these put together.
- `server`, `actions`, `listings`, `filters`: the manager interface.
- `company`, `people`, `day`, `phones`, `truth`: who works there, what they do all day or in a scenario, and what
  really happened.

Everything but `server` is pure and deterministic: the clock is injected, chance comes from a seed.
Source: Asterisk 22.10.1, the recordings in tests/traces/asterisk.
"""
