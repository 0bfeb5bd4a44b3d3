/** The metrics of one process, in Prometheus' text format. */
export type ProcessMetrics = {
  /** The name of the process, as its label. */
  readonly worker: string;
  /** The store process reports the store; the gateways all else. */
  readonly isStore: boolean;
  readonly text: string;
};

/** Gauges of the machine or of the store: the same in all processes, or 0 in those that do not know. */
const COMMON =
  /^parley_(store_(full|log_damaged|bytes)|disk_bytes|drift_\w+|build_info)(\{|$)|^parley_memory_bytes\{kind="limit"/;
/** What the store process adds to the sums of the gateways. */
const OF_STORE =
  /^parley_(store_(full|log_damaged|bytes)|disk_bytes|drift_\w+|memory_bytes|descriptors|event_loop_lag\w+)$/;

type Family = {
  /** The lines HELP and TYPE. */
  readonly about: string[];
  readonly type: string;
  /** By name and labels, as they are written. */
  readonly sums: Map<string, number>;
  readonly byWorker: string[];
};

/** The server has what these say only when each of its processes has it, or since the first of them started. */
const LEAST = new Set(["parley_ready", "parley_bus_connected", "parley_start_time_seconds"]);

const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)/;

/**
 * The metrics of a server of several processes: the same names as those of one process, summed, so that rules and
 * dashboards need no change; and each counter and gauge by process, as `parley_worker_…` with the label `worker`, so that
 * no sum counts anything twice.
 */
export function sumMetrics(processes: readonly ProcessMetrics[]): string {
  const families = new Map<string, Family>();
  for (const { worker, isStore, text } of processes) {
    let family: Family | undefined;
    for (const line of text.split("\n")) {
      if (line.startsWith("# HELP ")) family = familyOf(families, line);
      else if (line.startsWith("# TYPE ")) addType(families, family, line);
      else if (family) add(family, line, worker, isStore);
    }
  }
  return [...families].map(([name, family]) => textOf(name, family)).join("\n");
}

function familyOf(families: Map<string, Family>, help: string): Family {
  const name = help.split(" ")[2] as string;
  const known = families.get(name);
  if (known) return known;
  const family: Family = { about: [help], type: "", sums: new Map(), byWorker: [] };
  families.set(name, family);
  return family;
}

function addType(families: Map<string, Family>, family: Family | undefined, line: string): void {
  const [, , name = "", type = ""] = line.split(" ");
  if (!family || family.about.length > 1) return;
  families.set(name, Object.assign(family, { about: [...family.about, line], type }));
}

function add(family: Family, line: string, worker: string, isStore: boolean): void {
  const [, name, labels, text] = SAMPLE.exec(line) ?? [];
  if (name === undefined || text === undefined) return;
  if (isStore && !OF_STORE.test(name)) return;
  const key = labels === undefined ? name : `${name}{${labels}}`;
  const value = Number(text);
  const known = family.sums.get(key);
  family.sums.set(key, known === undefined ? value : combined(key, known, value));
  if (family.type === "histogram" || COMMON.test(key)) return;
  const own = labels ? `worker="${worker}",${labels}` : `worker="${worker}"`;
  family.byWorker.push(`${byWorkerName(name)}{${own}} ${text}`);
}

function combined(key: string, one: number, other: number): number {
  if (LEAST.has(key)) return Math.min(one, other);
  return COMMON.test(key) ? Math.max(one, other) : one + other;
}

function byWorkerName(name: string): string {
  return name.replace(/^parley_/, "parley_worker_");
}

function textOf(name: string, { about, sums, byWorker, type }: Family): string {
  const lines = [...about, ...[...sums].map(([key, value]) => `${key} ${value}`), ""];
  if (byWorker.length > 0) {
    const own = byWorkerName(name);
    lines.push(`# HELP ${own} ${name} by process.`, `# TYPE ${own} ${type}`, ...byWorker, "");
  }
  return lines.join("\n");
}
