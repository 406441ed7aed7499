"""One article's way through the house: poll, read, send; each loads, touches the world, plans, commits."""
