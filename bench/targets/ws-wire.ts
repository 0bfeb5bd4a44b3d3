import type { FeedEvent } from "@parley/protocol";
import type { Crowd, LoadWire, Member } from "../load/crowd.ts";

/** Frames of the server on `ws` (peers/ws.mjs). */
type Frame =
  | { readonly type: "welcome" }
  | { readonly type: "event"; readonly event: FeedEvent }
  | { readonly type: "ack"; readonly request: number; readonly seq: number; readonly id: string };

/** That of the server on `ws`: a member hears its room from the upgrade on; a message is answered by an acknowledgement. */
export class WsWire implements LoadWire {
  readonly heartbeat = 0;
  readonly ping = "";
  readonly subprotocol = null;
  #crowd: Crowd | null = null;

  path({ room, name }: Member): string {
    return `/?room=${room.id}&name=${name}`;
  }

  setUp(crowd: Crowd): void {
    this.#crowd = crowd;
  }

  message(_: Member, request: number, nonce: string, text: string): string {
    return `{"request":${request},"nonce":"${nonce}","text":"${text}"}`;
  }

  text(member: Member, payload: string, raw: Buffer): void {
    const frame = JSON.parse(payload) as Frame;
    switch (frame.type) {
      case "event": {
        const known = member.room.log.take(member.stream.cursor, [frame.event], raw, null);
        member.stream.cursor += known.count;
        this.#crowd!.same(member, known);
        return;
      }
      case "ack":
        member.room.log.acknowledged(frame.seq, frame.id);
        this.#crowd!.answered(member, frame.request % member.sentAt.length);
        return;
      case "welcome":
        return;
      default:
        throw new Error(`The server on ws sent ${payload}`);
    }
  }
}
