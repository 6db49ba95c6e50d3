"""What the learner sees. The only room that knows of widgets; it shows and sends."""
