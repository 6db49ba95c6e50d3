"""What only the first notebook needs.

environment    the check of this computer
asyncio_run    `asyncio.run(…)` inside a cell, on request
"""
