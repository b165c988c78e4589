"""The door for browsers: REST, the live channel and the built front end.

Requests are checked and turned into calls of the rooms behind (`desk`, `contacts`, `people`, `ledger`); what comes back
is written as docs/reference/live-channel.md has it. No rule about calls or contacts lives here.
"""
