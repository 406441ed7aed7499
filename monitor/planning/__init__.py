"""What follows from what happened: identities, next poll times, and the plan of each poll, read and send. Pure."""
