"""Four ways to get the same messages from one server, measured on the learner's own machine.

    methods        what is measured, and under which load
    feed_server    the server that gives the same messages in four ways
    delay          a relay that makes the way longer
    traffic        counts the bytes, connections and requests that passed the tap
    measurement    one run of one method
    benchmark      all runs of all methods in turn, and the panel with Stop
    results        medians and costs, as tables
    pictures       the same as pictures

The only room that imports Starlette, uvicorn, httpx and matplotlib. The clients that it measures
stand in the notebook, not here.
"""
