"""Old calls brought in through the browser: `service` is the port's implementation, `store` keeps the imports,
`staging` is the process that reads the files. What a row becomes is in `app.old_calls` and `pbx.asterisk.cdr`."""
