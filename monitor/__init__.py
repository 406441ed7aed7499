"""Watch the world's feeds for what somebody cares about, and tell them: once, at once, with the sentence that proves it."""

__version__ = "0.1.0"
