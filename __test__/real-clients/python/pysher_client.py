"""Drives PyPI's Pysher."""

import json
import queue
import threading

import pysher
from pipe import answer, calls, hear, refuse


class Client:
    def __init__(self):
        self.pusher = None
        self.members = {}
        self.waiting = queue.Queue()

    def connect(self, done, host, port, key, secret, user):
        self.pusher = pysher.Pusher(
            key,
            secure=False,
            secret=secret,
            custom_host=host,
            port=port,
            user_data={"user_id": user["id"], "user_info": user["info"]} if user else None,
        )
        connection = self.pusher.connection
        connection.bind("pusher:connection_established", lambda _: done(connection.socket_id))
        connection.bind("pusher:error", lambda error: hear("", "pusher:error", decoded(error)))
        # Subscribing elsewhere than on the library's own thread would race with the answer.
        connection.bind("pusher:pong", lambda _: self.work())
        self.pusher.connect()

    def subscribe(self, done, name, events):
        channel = self.pusher.subscribe(name)
        members = self.members[name] = {}

        def succeeded(data):
            members.update(decoded(data).get("presence", {}).get("hash", {}))
            done()

        channel.bind("pusher_internal:subscription_succeeded", succeeded)
        channel.bind("pusher_internal:member_added", lambda data: members.update({decoded(data)["user_id"]: None}))
        channel.bind("pusher_internal:member_removed", lambda data: members.pop(decoded(data)["user_id"]))
        for event in events:
            channel.bind(event, lambda data, event=event: hear(name, event, decoded(data)))

    def unsubscribe(self, done, name):
        self.pusher.unsubscribe(name)
        done()

    def trigger(self, done, name, event, data):
        self.pusher.channel(name).trigger(event, data)
        done()

    def list_members(self, done, name):
        done(sorted(self.members[name]))

    def disconnect(self, done):
        # The library waits for its thread, on which this runs.
        threading.Thread(target=lambda: done(self.pusher.disconnect())).start()

    def work(self):
        while not self.waiting.empty():
            call = self.waiting.get()
            try:
                self.perform(call)
            except Exception as error:
                refuse(call, error)

    def perform(self, call):
        getattr(self, call["call"])(lambda result=None: answer(call, result), *call["args"])

    def take(self, call):
        if self.pusher is None:
            return self.perform(call)
        self.waiting.put(call)
        self.pusher.connection.send_ping()


def decoded(data):
    """Pysher hands out the text of an event's data."""
    return json.loads(data) if isinstance(data, str) else data


client = Client()
for call in calls():
    client.take(call)
