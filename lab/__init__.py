"""The lab: a real Asterisk on loopback with a small company on it, for tests and for trying things out.

`lab/install` gets the Asterisk, `launch` and `asterisk` run it, `company` writes its configuration, `softphone` and
`phones` are what is plugged into it, `system` is all of that behind the words of `ringcard.testing.scenarios`,
`recorder` makes traces, `fixtures` is the pytest plugin. Nothing here is part of the product.
"""
