import { short } from "../report/table.ts";
import { Load, Server } from "../targets/programs.ts";

const MEMBERS = 1000;
const WARM = 1000;
const MEASURE = 3000;

/** What one core of load can take, at several sizes of frame, against a server that only publishes. */
export async function measureLoad(serverCore: number | null, loadCore: number | null): Promise<void> {
  for (const perFrame of [1, 20, 50, 200]) {
    const seconds = (WARM + MEASURE) / 1000 + 1;
    await using server = await Server.start({ perFrame, members: MEMBERS, seconds }, serverCore, "");
    const job = {
      wire: "bare",
      port: server.port,
      rooms: 1,
      members: MEMBERS,
      senders: 0,
      inFlight: 0,
    } as const;
    await using load = await Load.start(job, loadCore);
    const result = await load.window({ pid: server.pid, cores: [0, 1], warm: WARM, measure: MEASURE });
    const share = result.loadCpu / 1e6 / result.seconds;
    console.log(
      `${perFrame} events a frame: ${short(result.deliveries / result.seconds)} deliveries/s at ${(share * 100).toFixed(0)} % ` +
        `of the load core, so ${short(result.deliveries / result.seconds / share)} a core; ` +
        `${(result.loadCpu / result.frames).toFixed(2)} us a frame`,
    );
  }
}
