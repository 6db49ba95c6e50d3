"""What only the first notebook needs: `environment`, the check of this computer."""
