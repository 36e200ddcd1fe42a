"""Drives PyPI's asyncpusher."""

import asyncio

import aiohttp
import asyncpusher
from pipe import answer, calls, hear, refuse


class Client:
    async def connect(self, host, port, key, _secret, user):
        async def authorize(request):
            """Asks the gateway, which signs for the default app."""
            form = {**request, **({"user_id": user["id"]} if user else {})}
            async with aiohttp.ClientSession() as session:
                async with session.post(f"http://{host}:{port}/pusher/auth", data=form) as response:
                    return await response.json()

        self.members = {}
        self.pusher = asyncpusher.Pusher(
            key, secure=False, custom_host=host, custom_port=port, channel_authenticator=authorize
        )
        self.pusher.connection.bind("pusher:error", self.hear_error)
        await self.pusher.connect()
        return self.pusher.connection.socket_id

    async def hear_error(self, error):
        hear("", "pusher:error", error)

    async def subscribe(self, name, events):
        channel = await self.pusher.subscribe(name)
        members = self.members[name] = {}
        succeeded = asyncio.get_running_loop().create_future()

        async def on_succeeded(data):
            members.update((data or {}).get("presence", {}).get("hash", {}))
            succeeded.set_result(None)

        async def on_added(data):
            members[data["user_id"]] = data.get("user_info")

        async def on_removed(data):
            members.pop(data["user_id"])

        channel.bind("pusher_internal:subscription_succeeded", on_succeeded)
        channel.bind("pusher_internal:member_added", on_added)
        channel.bind("pusher_internal:member_removed", on_removed)
        for event in events:

            async def on_event(data, event=event):
                hear(name, event, data)

            channel.bind(event, on_event)
        await succeeded

    async def unsubscribe(self, name):
        await self.pusher.unsubscribe(name)

    async def trigger(self, name, event, data):
        await self.pusher.channels[name].trigger({"event": event, "data": data})

    async def list_members(self, name):
        return sorted(self.members[name])

    async def disconnect(self):
        await self.pusher.disconnect()


async def perform(client, call):
    try:
        answer(call, await getattr(client, call["call"])(*call["args"]))
    except Exception as error:
        refuse(call, error)


async def main():
    client = Client()
    loop = asyncio.get_running_loop()
    incoming = calls()
    under_way = set()
    while call := await loop.run_in_executor(None, next, incoming, None):
        task = asyncio.create_task(perform(client, call))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


asyncio.run(main())
