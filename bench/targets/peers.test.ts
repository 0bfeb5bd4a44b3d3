import { expect, test } from "bun:test";
import { Crowd, type LoadWire } from "../load/crowd.ts";
import { guestsFrom } from "../load/guests.ts";
import { LoadClients } from "../load/load-clients.ts";
import { SocketIoVisit, WsVisit } from "./peer-visits.ts";
import { Server } from "./programs.ts";
import { SocketIoWire } from "./socketio-wire.ts";
import { WsWire } from "./ws-wire.ts";

const WIRES: Record<"socketio" | "ws", () => LoadWire> = {
  socketio: () => new SocketIoWire(),
  ws: () => new WsWire(),
};

test.each(["socketio", "ws"] as const)(
  "everybody in a room of %s hears all that is said there",
  async (side) => {
    await using server = await Server.start(side, null, "");
    const wire = WIRES[side]();
    const job = { wire: side, port: server.port, rooms: 2, members: 5, senders: 2, inFlight: 3 };
    const crowd = new Crowd(job, wire);
    crowd.connect();
    wire.setUp(crowd);
    crowd.start();
    crowd.pump(() => crowd.roundTrips.length >= 100, "a hundred answers");
    crowd.stop();
    expect(crowd.deliveries).toBe(crowd.roundTrips.length * job.members);
  },
);

test.each(["socketio", "ws"] as const)("clients come into %s and leave it", async (side) => {
  await using server = await Server.start(side, null, "");
  const clients = new LoadClients();
  for (let round = 0; round < 2; round++) {
    const guests = guestsFrom(0, 20);
    clients.come(server.port, guests, (guest) =>
      side === "ws" ? new WsVisit(guest) : new SocketIoVisit(guest),
    );
    clients.stay(20);
    clients.leave();
  }
});
