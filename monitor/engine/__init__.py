"""What turns the pipeline: the local engine and the clock that ticks it."""
