/**
 * Publishes without rest and keeps nothing: what the load itself can take. It speaks as the bare pipeline does, begins
 * when all members are there, and falls silent after a time, so that the load can see whether everything arrived.
 *
 * `bun dummy.ts EVENTS_A_FRAME MEMBERS SECONDS`
 */
const [perFrame = 20, members = 1000, seconds = 5] = process.argv.slice(2).map(Number);
const text = "as long as a message is in the other works, in plain words";

let room = "";
let seq = 0;

/** Ids of the right length are enough: they are never looked up. */
function frame(): string {
  const events = Array.from({ length: perFrame }, () => {
    const id = String(++seq).padStart(36, "0");
    return `{"seq":${seq},"id":"${id}","kind":"message_sent","actor":"${id}","name":"member-500","at":1790000000000,"nonce":"${id}","text":"${text}","mentions":[],"reply_to":null}`;
  });
  return `{"type":"events","feed":"${room}","events":[${events.join(",")}]}`;
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, self) {
    room = new URL(request.url).searchParams.get("room") ?? "";
    return self.upgrade(request) ? undefined : new Response(null, { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    // A member that is slower than this loses frames, and the load says so.
    backpressureLimit: 64 << 20,
    open(ws) {
      ws.subscribe(room);
      if (server.subscriberCount(room) < members) return;
      const end = performance.now() + seconds * 1000;
      const again = () => {
        server.publish(room, frame(), false);
        if (performance.now() < end) setImmediate(again);
      };
      setTimeout(again, 100);
    },
    message() {},
  },
});

console.log(`The dummy is ready at http://localhost:${server.port} (pid ${process.pid})`);
