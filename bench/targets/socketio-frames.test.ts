import { expect, test } from "bun:test";
import { connectPacket, eventPacket, type Packet, readPacket } from "./socketio-frames.ts";

test.each<[string, Packet]>([
  ['0{"sid":"x","upgrades":[],"pingInterval":25000}', { type: "open" }],
  ["2", { type: "ping" }],
  ['40{"sid":"x"}', { type: "connected" }],
  ['42["message",{"text":"a]\\"b"}]', { type: "event", name: "message", data: { text: 'a]"b' } }],
  ['431234[{"seq":7}]', { type: "ack", id: 1234, data: { seq: 7 } }],
])("%s is read", (payload, packet) => {
  expect(readPacket(payload)).toEqual(packet);
});

test("what the load says", () => {
  expect(connectPacket({ room: "r" })).toBe('40{"room":"r"}');
  expect(eventPacket(5, "message", '{"text":"hello"}')).toBe('425["message",{"text":"hello"}]');
});

test.each(["1", "41", '44{"message":"no"}', "45", ""])("a well server does not send %p", (payload) => {
  expect(() => readPacket(payload)).toThrow("Socket.IO sent");
});
