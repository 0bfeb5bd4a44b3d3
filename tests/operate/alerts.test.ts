import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { writeDoctorResult } from "@parley/server/observe/doctor-result.ts";
import { ALERTS, type Alert, readAlerts } from "../../scripts/operator-documents.ts";
import { suites } from "../../scripts/suites.mjs";
import { findTool } from "../../scripts/tools.mjs";
import { root } from "../support/server-process.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { ALERT_CASES, type AlertCase, type Series } from "./alert-cases.ts";
import { Figures } from "./figures.ts";

const tool = suites.flatMap(({ tools = [] }) => tools).find(({ env }) => env === "PROMTOOL");
const promtool = tool && findTool(tool);
if (!promtool)
  console.warn("SKIPPED: the alerting rules are not checked, because promtool is not installed.");

const folder = mkdtempSync(join(tmpdir(), "parley-alerts-"));
const alerts = readAlerts();
let server: TestServer;
let figures: Figures;

beforeAll(async () => {
  server = await startTestServer();
  const ann = new WireClient(server);
  await ann.join("Ann");
  await ann.command({ kind: "send_message", room: LOBBY, text: "one" });
  await fetch(`${server.url}/api/v1/server`);
  // The result file of the doctor.
  writeDoctorResult(server.dataDir, { at: Date.now(), drift: 0, feeds: 1 });
  figures = await Figures.read(server.url);
  ann.close();
});
afterAll(async () => {
  await server.end();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], input?: string) => {
  const { status, stdout, stderr } = spawnSync(promtool ?? "", args, { input, encoding: "utf8" });
  return { status, said: `${stdout}${stderr}` };
};

describe.skipIf(!promtool)("promtool", () => {
  test("finds no problem in the metrics of a running server", () => {
    expect(run(["check", "metrics"], figures.text)).toEqual({ status: 0, said: "" });
  });

  test("accepts the rules", () => {
    const { status, said } = run(["check", "rules", join(root, ALERTS)]);
    expect(said).toContain(`SUCCESS: ${alerts.length} rules found`);
    expect(status).toBe(0);
  });

  test("fires each alert when it should, and not otherwise", () => {
    expect(new Set(ALERT_CASES.map(({ alert }) => alert))).toEqual(new Set(alerts.map(({ alert }) => alert)));
    const steps = [...new Set(ALERT_CASES.map(({ step = "1m" }) => step))];
    const paths = steps.map((every) => {
      const path = join(folder, `alerts-${every}.json`);
      const tests = ALERT_CASES.filter(({ step = "1m" }) => step === every).flatMap((one) => [
        promtoolTest(one, one.fires, true),
        promtoolTest(one, one.quiet, false),
      ]);
      // JSON is YAML.
      writeFileSync(
        path,
        JSON.stringify({ rule_files: [join(root, ALERTS)], evaluation_interval: every, tests }),
      );
      return path;
    });
    expect(run(["test", "rules", ...paths])).toEqual({ status: 0, said: expect.stringContaining("SUCCESS") });
  });
});

function promtoolTest(
  { alert, after, labels, step = "1m" }: AlertCase,
  series: Series,
  fires: boolean,
): object {
  const rule = alerts.find((one) => one.alert === alert) as Alert;
  const expected = {
    exp_labels: { ...labels, severity: rule.labels.severity },
    exp_annotations: rule.annotations,
  };
  return {
    interval: step,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: after, alertname: alert, exp_alerts: fires ? [expected] : [] }],
  };
}

/** Every selector of an expression: the metric's name, and its matchers. */
function selectorsOf(expression: string): { name: string; matchers: [label: string, values: string[]][] }[] {
  return [...expression.matchAll(/\b(parley_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", inside = ""]) => ({
    name,
    matchers: [...inside.matchAll(/(\w+)=(~?)"([^"]*)"/g)]
      .filter(([, label]) => label !== "instance")
      .map(([, label = "", regex, value = ""]) => [label, regex ? value.split("|") : [value]]),
  }));
}

function missing(expression: string): string[] {
  return selectorsOf(expression).flatMap(({ name, matchers }) => {
    const keys = figures.keys.filter((key) => key === name || key.startsWith(`${name}{`));
    if (keys.length === 0) return [`${name} is not on /metrics`];
    return matchers.flatMap(([label, values]) =>
      values
        .filter((value) => !keys.some((key) => key.includes(`${label}="${value}"`)))
        .map((value) => `${name} has no ${label}="${value}"`),
    );
  });
}

test("every metric and label of a rule, its test or the dashboard exists on a running server", () => {
  const dashboard: { panels: { targets: { expr: string }[] }[] } = JSON.parse(
    readFileSync(join(root, "ops/dashboard.json"), "utf8"),
  );
  const expressions = [
    ...alerts.map(({ expr }) => expr),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...ALERT_CASES.flatMap(({ fires, quiet }) => [...Object.keys(fires), ...Object.keys(quiet)]),
  ];
  expect(expressions.filter((expr) => expr.includes("parley_")).length).toBeGreaterThan(alerts.length);
  expect(expressions.flatMap(missing)).toEqual([]);
  for (const { labels, annotations } of alerts) {
    expect(["critical", "warning", "info"]).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\.$/);
    expect(annotations.action).toMatch(/\.$/);
  }
});

test("the check reports a metric and a label that do not exist", () => {
  expect(missing('parley_nothing > 1 or parley_disk_bytes{kind="full"}')).toEqual([
    "parley_nothing is not on /metrics",
    'parley_disk_bytes has no kind="full"',
  ]);
});
