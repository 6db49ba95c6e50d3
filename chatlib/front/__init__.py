"""The browser's code that panels and the chat's page share, and what joins it. Imports nothing."""
