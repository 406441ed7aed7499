"""Watch the world's feeds and tell people of what they care about: once, at once, with the sentence that proves it."""

__version__ = "0.1.0"
