"""From config.toml to domain values: every mistake at once, each with its line, its column and a hint."""
