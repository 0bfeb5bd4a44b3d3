// What operators read of metrics and alerts: made from the code and from ops/alerts.yml.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { table } from "./blocks.ts";
import { dashboard } from "./dashboard.ts";

const root = join(import.meta.dir, "..");

export const ALERTS = "ops/alerts.yml";
const METRICS_PAGE = "docs/operate/metrics.md";

export type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
};

type MetricDescription = {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
};

/** Each document with its path from the root. Empty where the server is not in the repository. */
export async function operatorDocuments(): Promise<[path: string, text: string][]> {
  const metrics = await readMetrics();
  if (!metrics) return [];
  return [
    [METRICS_PAGE, withTable(readFileSync(join(root, METRICS_PAGE), "utf8"), metrics)],
    ["docs/operate/alerts.md", alertsPage(readAlerts())],
    ["ops/dashboard.json", dashboard()],
  ];
}

export function readAlerts(): readonly Alert[] {
  const rules = Bun.YAML.parse(readFileSync(join(root, ALERTS), "utf8")) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[];
  };
  return rules.groups.flatMap((group) => group.rules);
}

/** Named at runtime, so that this folder does not have to be checked with the server's types. */
async function readMetrics(): Promise<readonly MetricDescription[] | undefined> {
  const observe = join(root, "server", "src", "observe");
  if (!existsSync(join(observe, "metrics.ts"))) return undefined;
  const { Metrics } = await import(join(observe, "metrics.ts"));
  const { newCounts } = await import(join(observe, "counts.ts"));
  return new Metrics({ version: "", runtime: "", dataDir: root, counts: newCounts() }).describe();
}

function withTable(page: string, metrics: readonly MetricDescription[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.length === 0 ? "–" : labels.map((label) => `\`${label}\``).join(", "),
    help,
  ]);
  const [begin, end] = ["<!-- metrics:begin -->", "<!-- metrics:end -->"];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${METRICS_PAGE} has no ${begin} … ${end}`);
  const made = table(["metric", "type", "labels", "what it says"], rows);
  return `${page.slice(0, from + begin.length)}\n${made}\n${page.slice(to)}`;
}

const URGENCY: Readonly<Record<string, string>> = {
  critical: "page at once",
  warning: "today",
  info: "this week",
};

function alertsPage(alerts: readonly Alert[]): string {
  const rows = alerts.map(({ alert, expr, for: pending, labels, annotations }) => [
    `\`${alert}\``,
    `${annotations.summary} \`${expr}\`${pending === undefined ? "" : ` for ${pending}`}`,
    URGENCY[labels.severity] ?? labels.severity,
    annotations.action,
  ]);
  return `# Alerts

<!-- Made by \`npm run generate\` from ${ALERTS}. Change that file, not this one. -->

[${ALERTS}](../../${ALERTS}) holds these rules for Prometheus. The tests fire each of them with promtool, and check that
every metric and label in them exists on a running server. [ops/dashboard.json](../../ops/dashboard.json) is a Grafana
dashboard of the same metrics (import it, and choose the data source).

\`\`\`yaml
rule_files: [/opt/parley/ops/alerts.yml]
scrape_configs:
  - job_name: parley
    static_configs: [{ targets: ["127.0.0.1:8000"] }]
\`\`\`

${table(["alert", "when", "urgency", "what to do"], rows)}

What the symptoms mean and what to do about them: [README.md](README.md#runbook).
`;
}
