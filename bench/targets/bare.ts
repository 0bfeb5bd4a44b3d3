/**
 * The floor that Parley is measured against: the same durable path with nothing of a product. No sign-in, no rules, no
 * twins, no resume, no limits. A frame is parsed once; a worker commits what has gathered while the last batch was on
 * its way to the disk, with the same fields, a unique nonce and a full-text index; then one frame a room goes out.
 *
 * There is no acknowledgement: a sender learns of the commit by its own event in that frame, so the floor's round trip
 * ends there and Parley's at its acknowledgement.
 *
 * `bun bare.ts FOLDER dialects` has the addresses and the frames of small chat servers instead, which cannot put several
 * messages into one frame: each is published by itself, as the worker made it.
 */
import { Worker } from "node:worker_threads";

type Data = { readonly room: string; readonly actor: string; readonly name: string };
type Sent = { readonly nonce: string; readonly room: string; readonly text: string };
type DialectSent = { readonly content: string };

const dialects = process.argv[3] === "dialects";

const worker = new Worker(new URL("./bare-worker.ts", import.meta.url), { argv: process.argv.slice(2) });
let gathered: string[] = [];
let busy = false;

function flush(): void {
  if (gathered.length === 0) {
    busy = false;
    return;
  }
  busy = true;
  const batch = gathered;
  gathered = [];
  // One string: by far the cheapest thing to hand to a worker. No field holds U+0000.
  worker.postMessage(batch.join("\0"));
}

function ownData({ searchParams: query }: URL): Data {
  return { room: query.get("room") ?? "", actor: query.get("actor") ?? "", name: query.get("name") ?? "" };
}

/** `/ws/NAME` is the lobby, `/ws/ROOM?username=NAME` a room. */
function dialectData({ pathname, searchParams }: URL): Data {
  const [word, username] = [pathname.slice("/ws/".length), searchParams.get("username")];
  const actor = Bun.randomUUIDv7();
  return username === null ? { room: "lobby", actor, name: word } : { room: word, actor, name: username };
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, self) {
    const url = new URL(request.url);
    const data = dialects ? dialectData(url) : ownData(url);
    return self.upgrade(request, { data }) ? undefined : new Response(null, { status: 426 });
  },
  websocket: {
    data: {} as Data,
    perMessageDeflate: false,
    backpressureLimit: 16 << 20,
    open(ws) {
      ws.subscribe(ws.data.room);
    },
    message(ws, message) {
      const { room, actor, name } = ws.data;
      if (dialects) {
        const { content } = JSON.parse(message as string) as DialectSent;
        gathered.push(room, actor, name, Bun.randomUUIDv7(), content);
      } else {
        const sent = JSON.parse(message as string) as Sent;
        gathered.push(sent.room, actor, name, sent.nonce, sent.text);
      }
      if (busy) return;
      busy = true;
      // Whatever else has arrived by now joins the batch.
      setImmediate(flush);
    },
  },
});

worker.on("message", (frames: string) => {
  const parts = frames.split("\n");
  for (let i = 0; i < parts.length; i += 2) server.publish(parts[i]!, parts[i + 1]!, false);
  // Sent out first, then the sockets are read once (the second turn of the loop), then the next batch goes: so the
  // answers to this frame are in it. Committing meanwhile would halve the batches: a frame costs the same however full.
  setImmediate(() => setImmediate(flush));
});

console.log(`The bare pipeline is ready at http://localhost:${server.port} (pid ${process.pid})`);
