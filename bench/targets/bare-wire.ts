import type { FeedEvent } from "@parley/protocol";
import type { Crowd, LoadWire, Member } from "../load/crowd.ts";
import { commandFrame } from "./parley-wire.ts";

/** The bare pipeline's: a member hears its room from the upgrade on, and a message is answered by its own event. */
export class BareWire implements LoadWire {
  readonly heartbeat = 0;
  readonly ping = "";
  readonly subprotocol = null;
  #crowd: Crowd | null = null;
  readonly #waiting = new Map<string, { readonly member: Member; readonly slot: number }>();

  path({ room, name }: Member): string {
    return `/?room=${room.id}&actor=${Bun.randomUUIDv7()}&name=${name}`;
  }

  setUp(crowd: Crowd): void {
    this.#crowd = crowd;
  }

  message(member: Member, request: number, nonce: string, text: string): string {
    this.#waiting.set(nonce, { member, slot: request % member.sentAt.length });
    return commandFrame(member, request, nonce, text);
  }

  text(member: Member, payload: string, raw: Buffer): void {
    const { events } = JSON.parse(payload) as { events: FeedEvent[] };
    const own = new Map<Member, number[]>();
    for (const { nonce } of events) {
      const sent = this.#waiting.get(nonce);
      if (!sent) continue;
      this.#waiting.delete(nonce);
      const slots = own.get(sent.member);
      if (slots) slots.push(sent.slot);
      else own.set(sent.member, [sent.slot]);
    }
    const known = member.room.log.take(member.stream.cursor, events, raw, own.size > 0 ? own : null);
    member.stream.cursor += known.count;
    this.#crowd?.same(member, known);
  }
}
