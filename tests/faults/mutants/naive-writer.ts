// Between gateways and store process a frame that does not fit into the socket at once is lost: back-pressure is ignored.

import { Socket } from "node:net";
import { run } from "@parley/server/main.ts";

const write = Socket.prototype.write as (this: Socket, ...args: unknown[]) => boolean;
Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
  return this.writableLength > 0 ? false : write.apply(this, args);
} as Socket["write"];

await run(process.argv.slice(2));
