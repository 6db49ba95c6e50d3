"""Checks for the exercises: each says which field is wrong and what to look at."""
