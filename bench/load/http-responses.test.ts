import { expect, test } from "bun:test";
import { ResponseStream } from "./http-responses.ts";

const response = (status: number, body: string, length = "Content-Length") =>
  `HTTP/1.1 ${status} Whatever\r\ncontent-type: application/json\r\n${length}: ${Buffer.byteLength(body)}\r\nX: 1\r\n\r\n${body}`;

const two = Buffer.from(response(201, '{"text":"grün"}') + response(404, "", "content-length"));

function read(borders: readonly number[]): [number, string][] {
  const stream = new ResponseStream();
  const heard: [number, string][] = [];
  let from = 0;
  for (const to of [...borders, two.length]) {
    const chunk = Buffer.concat([Buffer.from("??"), two.subarray(from, to), Buffer.from("??")]);
    stream.read(chunk, 2, chunk.length - 2, (status, body) => heard.push([status, body.toString()]));
    chunk.fill(0xaa);
    from = to;
  }
  return heard;
}

test("responses are read whole at any border of chunks, and byte by byte", () => {
  const whole: [number, string][] = [
    [201, '{"text":"grün"}'],
    [404, ""],
  ];
  for (let border = 0; border < two.length; border++) expect(read([border])).toEqual(whole);
  expect(read([...two.keys()])).toEqual(whole);
});

test("an answer without length is an error", () => {
  const chunked = Buffer.from("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
  expect(() => new ResponseStream().read(chunked, 0, chunked.length, () => {})).toThrow("without length");
});
