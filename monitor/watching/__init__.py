"""What to look for: folds text, finds the forms that watches name, judges, and quotes the sentence. Pure."""
