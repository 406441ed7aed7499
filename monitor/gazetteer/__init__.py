"""The index of places that ships with the package, and the script that builds it."""
