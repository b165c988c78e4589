"""Putting the parts together: configuration, plugins, logging, and the one place where they meet (`bootstrap`)."""
