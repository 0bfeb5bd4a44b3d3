import type { FeedEvent } from "@parley/protocol";
import type { Crowd, LoadWire, Member } from "../load/crowd.ts";
import { connectPacket, eventPacket, PATH, PONG, readPacket } from "./socketio-frames.ts";

/** Socket.IO's: a member is in its room when it has entered the namespace; a message is answered by an acknowledgement. */
export class SocketIoWire implements LoadWire {
  /** The server asks for signs of life, and each question is answered. */
  readonly heartbeat = 0;
  readonly ping = "";
  readonly subprotocol = null;
  #crowd: Crowd | null = null;
  readonly #outside = new Set<Member>();

  path(): string {
    return PATH;
  }

  setUp(crowd: Crowd): void {
    this.#crowd = crowd;
    for (const member of crowd.members) {
      this.#outside.add(member);
      crowd.tell(member, connectPacket({ room: member.room.id, name: member.name }));
      if (this.#outside.size % 64 === 0) crowd.pump(() => this.#outside.size === 0, "the rooms");
    }
    crowd.pump(() => this.#outside.size === 0, "the rooms");
  }

  message(_: Member, request: number, nonce: string, text: string): string {
    return eventPacket(request, "message", `{"nonce":"${nonce}","text":"${text}"}`);
  }

  text(member: Member, payload: string, raw: Buffer): void {
    const packet = readPacket(payload);
    switch (packet.type) {
      case "event": {
        const known = member.room.log.take(member.stream.cursor, [packet.data as FeedEvent], raw, null);
        member.stream.cursor += known.count;
        this.#crowd!.same(member, known);
        return;
      }
      case "ack": {
        const { seq, id } = packet.data as { seq: number; id: string };
        member.room.log.acknowledged(seq, id);
        this.#crowd!.answered(member, packet.id % member.sentAt.length);
        return;
      }
      case "ping":
        // Before the setup has begun no client has been connected for long enough to be asked.
        this.#crowd?.tell(member, PONG);
        return;
      case "connected":
        this.#outside.delete(member);
        return;
      case "open":
        return;
      default:
        packet satisfies never;
    }
  }
}
