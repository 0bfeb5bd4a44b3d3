// A simple chat server on the `ws` package, everything in memory: what people write by hand when they need speed. A
// message is framed once, and the same bytes go to every socket of the room, as Socket.IO's own adapter does it. The
// sender gets an answer of its own. Nothing is stored: a restart loses all, and who was away learns nothing.

import { randomUUID } from "node:crypto";
import { Sender, WebSocketServer } from "ws";

/** @type {Map<string, { sockets: Set<import("ws").WebSocket>, head: number }>} */
const rooms = new Map();

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const query = new URL(request.url ?? "/", "http://localhost").searchParams;
  const [id, name, actor] = [query.get("room") ?? "", query.get("name"), randomUUID()];
  const room = rooms.get(id) ?? { sockets: new Set(), head: 0 };
  rooms.set(id, room.sockets.add(socket) && room);
  socket.on("close", () => room.sockets.delete(socket));
  socket.on("message", (data) => {
    const { request, nonce, text } = JSON.parse(data.toString());
    const seq = ++room.head;
    const event = {
      seq,
      id: randomUUID(),
      kind: "message_sent",
      actor,
      name,
      at: Date.now(),
      nonce,
      text,
      mentions: [],
      reply_to: null,
    };
    publish(room.sockets, JSON.stringify({ type: "event", event }));
    socket.send(JSON.stringify({ type: "ack", request, seq, id: event.id }));
  });
  socket.send('{"type":"welcome"}');
});

/** @param {Set<import("ws").WebSocket>} sockets @param {string} text */
function publish(sockets, text) {
  const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false };
  const frame = [Buffer.concat(Sender.frame(Buffer.from(text), options))];
  // The one door to a finished frame; engine.io takes it, too.
  for (const socket of sockets) socket._sender.sendFrame(frame);
}

server.on("listening", () => {
  console.log(`ws is ready at http://localhost:${server.address().port} (pid ${process.pid})`);
});
// The process that started it has ended.
process.stdin.on("end", () => process.exit(0)).resume();
