"""Employees, their devices and roles, and how they sign in."""
