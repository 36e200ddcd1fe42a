"""Drives PyPI's pusher, the server SDK."""

import pusher
from pipe import answer, calls, refuse

server = None
for call in calls():
    try:
        if call["call"] == "configure":
            server = pusher.Pusher(**call["args"][0])
            answer(call, None)
        else:
            answer(call, getattr(server, call["call"])(*call["args"]))
    except Exception as error:
        refuse(call, error)
