"""What one notebook alone needs, in a folder of that notebook's name."""
