// A simple chat server on Socket.IO, everything in memory, as its documentation suggests it: a room, `io.to(room).emit`,
// and an acknowledgement for the sender. WebSockets only, no compression, and the first request is let go ("Memory
// usage" and "Performance tuning" in its documentation). Nothing is stored: a restart loses all.

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
io.engine.on("connection", (socket) => {
  socket.request = null;
});

/** @type {Map<string, number>} */
const heads = new Map();

io.on("connection", (socket) => {
  const { room, name } = socket.handshake.auth;
  const actor = randomUUID();
  socket.join(room);
  socket.on("message", ({ nonce, text }, acknowledge) => {
    const seq = (heads.get(room) ?? 0) + 1;
    heads.set(room, seq);
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
    io.to(room).emit("message", event);
    acknowledge({ seq, id: event.id });
  });
});

http.listen(0, "127.0.0.1", () => {
  console.log(`Socket.IO is ready at http://localhost:${http.address().port} (pid ${process.pid})`);
});
// The process that started it has ended.
process.stdin.on("end", () => process.exit(0)).resume();
