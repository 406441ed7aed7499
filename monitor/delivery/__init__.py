"""Where messages go: apprise, the receipts of what services really answered, the console."""
