"""Several chat servers that share their rooms: for the notebook of this name alone."""
