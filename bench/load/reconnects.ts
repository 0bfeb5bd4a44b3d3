/**
 * The load of the works in which coming in is what counts, as a process of its own: `bun visits.ts SIDE`. It answers
 * each order when it is done.
 */

import { Beginning, Greeting, Newcomer, Return, Speech } from "../targets/parley-visits.ts";
import { SocketIoVisit, WsVisit } from "../targets/peer-visits.ts";
import { runCommands } from "./commands.ts";
import type { Target } from "./crowd.ts";
import { type Guest, guestsFrom } from "./guests.ts";
import { type ClientScript, LoadClients } from "./load-clients.ts";
import { makeTexts } from "./texts.ts";

export type ReconnectCommand =
  /** Makes guests of the server on this port, in so many rooms of ours besides the lobby; they leave again. */
  | { readonly do: "begin"; readonly port: number; readonly guests: number; readonly rooms: number }
  /** In each room the founder sends messages: one that everybody has a copy of, and then so many that all will miss. */
  | { readonly do: "speak"; readonly port: number; readonly missed: number }
  /** So many guests connect and stay: until the welcome, or until they hear all their feeds and miss nothing. */
  | {
      readonly do: "come";
      readonly port: number;
      readonly guests: number;
      readonly until: "welcome" | "live";
      readonly atOnce?: number;
    }
  /** So many new guests come into the lobby, evenly over `within` milliseconds, and stay; each must hear all who follow. */
  | { readonly do: "newcomers"; readonly port: number; readonly guests: number; readonly within: number }
  | { readonly do: "leave" };

export type Came = {
  /** From the first connect until the last was in. */
  readonly milliseconds: number;
  /** Events that all of them got together. */
  readonly events: number;
};

/** New guests at once: enough for full batches in the store. */
const BEGINNING = 500;
/** Milliseconds that clients listen behind the last who came in: longer than the server may hold a joining back. */
const SETTLE = 6_000;

const clients = new LoadClients("lobby");
const target = process.argv[2] as Target;
let known: Guest[] = [];
let founders: Guest[] = [];

function perform(command: ReconnectCommand): Came | object {
  switch (command.do) {
    case "begin": {
      const rooms = Array.from({ length: command.rooms }, () => Bun.randomUUIDv7());
      known = guestsFrom(0, command.guests, rooms);
      founders = known.slice(0, command.rooms);
      begin(command.port, founders, true);
      begin(command.port, known.slice(command.rooms), false);
      return {};
    }
    case "speak": {
      for (const founder of founders) speak(command.port, founder, command.missed);
      clients.leave();
      return {};
    }
    case "come": {
      let events = 0;
      const heard = (count: number) => {
        events += count;
      };
      // A peer has no guests: each client that connects is in its room.
      const guests = target === "parley" ? known.slice(0, command.guests) : guestsFrom(0, command.guests);
      const milliseconds = come(
        command.port,
        guests,
        (guest) => visit(guest, command.until, heard),
        command.atOnce,
      );
      return { milliseconds, events };
    }
    case "newcomers": {
      const pace = { perSecond: (command.guests * 1000) / command.within, seconds: 180 };
      const guests = guestsFrom(0, command.guests);
      const before = clients.delivered;
      const milliseconds = clients.come(command.port, guests, (guest) => new Newcomer(guest), pace);
      clients.stay(SETTLE);
      return { milliseconds, events: clients.delivered - before };
    }
    case "leave":
      clients.leave();
      return {};
  }
}

/** A member is told of each later joining, so the clients disconnect again: otherwise the cost is the square of their number. */
function begin(port: number, guests: readonly Guest[], found: boolean): void {
  for (let at = 0; at < guests.length; at += BEGINNING) {
    come(port, guests.slice(at, at + BEGINNING), (guest) => new Beginning(guest, found));
    clients.leave();
  }
}

function come(
  port: number,
  guests: readonly Guest[],
  by: (guest: Guest) => ClientScript,
  atOnce?: number,
): number {
  return clients.come(port, guests, by, atOnce === undefined ? {} : { atOnce });
}

function visit(guest: Guest, until: "welcome" | "live", heard: (events: number) => void): ClientScript {
  switch (target) {
    case "parley":
      return until === "welcome" ? new Greeting(guest) : new Return(guest, heard);
    case "socketio":
      return new SocketIoVisit(guest);
    case "ws":
      return new WsVisit(guest);
    case "bare":
    case "fastapi":
      throw new Error(`There are no clients of ${target}.`);
  }
}

/** Everybody of the founder's room has a copy that ends with the first message. */
function speak(port: number, founder: Guest, missed: number): void {
  let first = true;
  const texts = makeTexts(1 + missed, 60);
  const speech = new Speech(founder, texts, (copy) => {
    if (first) for (const { room, copies } of known) if (room === founder.room) copies.set(room!, copy);
    first = false;
  });
  come(port, [founder], () => speech);
}

await runCommands<ReconnectCommand>(perform, () => clients.stay(20));
