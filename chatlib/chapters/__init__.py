"""What one notebook alone needs, in a folder of that notebook's name.

Each folder's docstring is its map. A notebook imports a name from the module in which it stands.
"""
