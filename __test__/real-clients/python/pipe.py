"""Calls from a test: a line of JSON in for each, a line of JSON out for its answer and for whatever is heard meanwhile."""

import json
import sys
import threading

_one_at_a_time = threading.Lock()


def say(**line):
    with _one_at_a_time:
        # The keys of encrypted channels come out of the SDK as bytes; an application has to decode them too.
        print(json.dumps(line, default=bytes.decode), flush=True)


def hear(channel, event, data):
    say(heard=[channel, event, data])


def answer(call, result):
    say(id=call["id"], result=result)


def refuse(call, error):
    say(id=call["id"], error=f"{type(error).__name__}: {error}")


def calls():
    for line in sys.stdin:
        yield json.loads(line)
