import {
  type CommandBody,
  codePoints,
  FAULTS,
  isStorable,
  LIMITS,
  type Nonce,
  type ServerFrames,
} from "@parley/protocol";
import { commandBytes } from "../base/frames.ts";
import type { Failure } from "./room-queue.ts";

/** Sizes from the server's welcome; before that, the wire's own. */
export type KnownLimits = Pick<ServerFrames["welcome"]["limits"], "text" | "frame_bytes">;
export const WIRE_LIMITS: KnownLimits = { text: LIMITS.text, frame_bytes: LIMITS.frame_bytes };

const NO_NONCE: Nonce = "00000000-0000-7000-8000-000000000000";

/**
 * Why a command would surely be refused, in words for its author; null when it may be sent. What is too large must never
 * leave: the server closes such a connection (SPEC LM-3).
 */
export function refusal(body: CommandBody, limits: KnownLimits): Failure | null {
  if (body.kind === "send_message" || body.kind === "edit_message") {
    const text = textRefusal(body.text, limits.text);
    if (text !== null) return { code: "invalid", text };
    if ((body.mentions?.length ?? 0) > LIMITS.mentions) {
      return { code: "invalid", text: `A message can mention at most ${LIMITS.mentions} people.` };
    }
  }
  const bytes = commandBytes(NO_NONCE, body);
  return bytes > limits.frame_bytes ? { code: "too_large", text: FAULTS.too_large.text } : null;
}

function textRefusal(text: string, most: number): string | null {
  if (text.trim() === "") return "There is nothing to read in this message.";
  if (!isStorable(text)) return "This text holds characters that cannot be stored.";
  const length = codePoints(text);
  if (length <= most) return null;
  return `This message has ${length} characters; at most ${most} can be sent.`;
}
