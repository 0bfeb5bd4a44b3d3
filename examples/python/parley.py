"""A small client for Parley that keeps the promise of protocol/SPEC.md: nothing lost, nothing twice, one order.

Needs Python 3.9 and the package websockets, 10 or newer (Debian: python3-websockets). As a program it sends each line of its
standard input to the lobby and prints each message as a line of JSON:

    python3 parley.py http://localhost:8000 Robot state.json

State (token, cursors, unsent commands) is kept in a file, so that a restarted program goes on where it was; what came in the
last moment before a kill may be printed again. Not for more than one process at a time.
"""
import asyncio, json, os, random, secrets, sys, time, urllib.request, uuid
import websockets

STOP = {1000, 1002, 1007, 1008, 1009, 4401, 4403, 4409}  # close codes that no reconnect helps against


def uuid7():
    """A UUID that sorts by time (RFC 9562), as nonces are."""
    bits = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return str(uuid.UUID(int=bits & ~(0xF << 76) & ~(3 << 62) | 7 << 76 | 2 << 62))


class Client:
    """`on_event(feed, event)` gets each event once and in order, `on_reset(feed, page)` a copy that replaces the one before."""

    def __init__(self, url, name, path, on_event, on_reset):
        self.url, self.name, self.path = url.rstrip("/"), name, path
        self.on_event, self.on_reset = on_event, on_reset
        self.state = {"token": secrets.token_urlsafe(32), "device": uuid7(), "epoch": None, "cursors": {}, "outbox": []}
        if os.path.exists(path):
            with open(path) as file:
                self.state = json.load(file)
        self.save()
        self.socket, self.listed, self.flying, self.request = None, [], None, 0

    def save(self):
        with open(self.path + ".new", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(self.state, file)
        os.replace(self.path + ".new", self.path)

    async def send(self, room, text):
        """Kept until it is acknowledged: the nonce makes it one message, however often it goes out."""
        body = {"kind": "send_message", "room": room, "text": text}
        self.state["outbox"].append({"nonce": uuid7(), **body})
        self.save()
        await self.flush()

    async def flush(self):
        """One command under way at a time keeps their order (P5)."""
        if self.socket and not self.flying and self.state["outbox"]:
            self.flying, self.request = self.state["outbox"][0]["nonce"], self.request + 1
            await self.say({"type": "command", "request": self.request, **self.state["outbox"][0]})

    async def say(self, frame):
        if self.socket:
            await self.socket.send(json.dumps(frame))

    async def run(self):
        """Connects, and connects again, until the server says that this helps no more."""
        pause = 0.2
        while True:
            try:
                address = "ws" + self.url[4:] + "/ws"
                async with websockets.connect(address, subprotocols=["parley.v1"], ping_interval=20) as socket:
                    hello = {"token": self.state["token"], "device": self.state["device"], "client": "parley.py 1"}
                    await socket.send(json.dumps({"type": "hello", **hello, "name": self.name}))
                    async for text in socket:
                        await self.take(socket, json.loads(text))
                        pause = 0.2
            except (OSError, asyncio.TimeoutError, websockets.WebSocketException) as error:
                if getattr(error, "code", None) in STOP:
                    raise
            self.socket = self.flying = None
            await asyncio.sleep(random.random() * pause)
            pause = min(2 * pause, 30)

    async def take(self, socket, frame):
        kind = frame["type"]
        if kind == "welcome":
            self.listed = []
            if self.state["epoch"] not in (None, frame["epoch"]):  # the store was restored: our copies are of another one
                for feed in list(self.state["cursors"]):
                    await self.reset(feed)
            self.state["epoch"] = frame["epoch"]
        if kind == "welcome" or (kind == "feeds" and any(feed["state"] == "listed" for feed in frame["feeds"])):
            self.listed += [feed["feed"] for feed in frame["feeds"]]
            if not frame.get("more"):
                self.socket = socket
                for at in range(0, len(self.listed), 200):
                    cursors = [self.cursor(feed) for feed in self.listed[at : at + 200]]
                    await self.say({"type": "resume", "epoch": self.state["epoch"], "cursors": cursors})
                await self.flush()
        elif kind == "feeds":
            for feed in frame["feeds"]:
                await self.feed_state(feed)
        elif kind == "events":
            await self.apply(frame["feed"], frame["events"])
        elif kind == "heads":
            for feed, head in frame["heads"].items():
                await self.behind(feed, head)
        elif kind == "reset":
            await self.reset(frame["feed"])
        elif kind in ("ack", "fault"):
            for answer in frame.get("acks", [frame]):
                await self.answered(answer)

    def cursor(self, feed):
        seq, event = self.state["cursors"].get(feed, (None, None))
        return {"feed": feed, "seq": seq, "id": event} if event else {"feed": feed}

    async def feed_state(self, feed):
        if feed["state"] == "gone":
            self.state["cursors"].pop(feed["feed"], None)
        elif feed["state"] == "live" and feed["feed"] not in self.state["cursors"]:
            self.state["cursors"][feed["feed"]] = (feed["head"], None)  # from here on
        elif feed["state"] == "live":
            await self.behind(feed["feed"], feed["head"])

    async def behind(self, feed, head):
        seq = self.state["cursors"].get(feed, (head, None))[0]
        if head > seq:
            await self.say({"type": "after", "feed": feed, "seq": seq, "limit": 300})

    async def apply(self, feed, events):
        if feed not in self.state["cursors"]:
            return
        for event in events:
            seq = self.state["cursors"][feed][0]
            if event["seq"] > seq + 1:  # a gap: ask for what is between
                await self.behind(feed, event["seq"])
                break
            if event["seq"] == seq + 1:
                self.on_event(feed, event)
                self.state["cursors"][feed] = (event["seq"], event["id"])
        self.save()

    async def reset(self, feed):
        """Continuity cannot be proved: the copy is replaced by the newest page, and the feed goes on from there."""
        if feed.startswith("user."):
            self.state["cursors"].pop(feed, None)
            return
        address = f"{self.url}/api/v1/rooms/{feed}/messages?limit=100"
        request = urllib.request.Request(address, headers={"Authorization": "Bearer " + self.state["token"]})
        page = json.load(await asyncio.to_thread(urllib.request.urlopen, request, timeout=20))
        self.on_reset(feed, page["messages"])
        self.state["cursors"][feed] = (page["as_of"], None)
        self.save()

    async def answered(self, answer):
        if answer.get("nonce") != self.flying:
            return
        if "code" in answer and not answer["final"]:  # surely wanted again, with the same nonce
            await asyncio.sleep(answer.get("retry_after", 1000) / 1000)
        else:
            if "code" in answer:
                print("refused:", answer["text"], file=sys.stderr)
            self.state["outbox"] = [one for one in self.state["outbox"] if one["nonce"] != self.flying]
            self.save()
        self.flying = None
        await self.flush()


async def main(url, name, path):
    def show(message):
        print(json.dumps({key: message[key] for key in ("seq", "name", "text")}), flush=True)

    def on_event(feed, event):
        if feed == "lobby" and event["kind"] == "message_sent":
            show(event)

    def on_reset(feed, page):
        print(json.dumps({"reset": feed}), flush=True)
        for message in page if feed == "lobby" else []:
            show(message)

    client = Client(url, name, path, on_event, on_reset)
    running = asyncio.ensure_future(client.run())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().rstrip("\n"):
        await client.send("lobby", line)
    await running


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
