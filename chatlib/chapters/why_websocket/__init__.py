"""Four ways to get the same messages from one server, measured on the learner's own machine.

The only room that imports Starlette, uvicorn, httpx and matplotlib. The clients that it measures
stand in the notebook, not here.
"""
