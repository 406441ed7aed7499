"""Whom to tell, and in which words. Pure."""
