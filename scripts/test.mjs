// npm test: every suite, or those named. The last line is always `N passed, N failed, N skipped`.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryFiles } from "./files.mjs";
import { isTest, suites } from "./suites.mjs";
import { buildPage, bun, fail, hasPage, install, root } from "./toolchain.mjs";
import { findTool, installTools } from "./tools.mjs";

/** @typedef {import("./suites.mjs").Suite} Suite */
/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
const chosen = chooseSuites(process.argv.slice(2));
const files = repositoryFiles(root).filter(isTest);
/** Printed at the end, where they are read. @type {string[]} */
const notices = [];
/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 };
/** The suites that run now, to stop them with this process. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(130);
  });
}

install();
const planned = chosen.filter(hasWork);
installTools(planned.flatMap((suite) => (suite.tools ?? []).filter((tool) => !findTool(tool))));

for (const file of files) {
  if (suites.some((suite) => suite.owns?.(file))) continue;
  total.failed += 1;
  notices.push(`${file} belongs to no suite: add its folder in scripts/suites.mjs.`);
}
const tests = planned.filter((suite) => !isCheck(suite));
// The suites of tests leave a processor idle much of the time: the checks of the text run beside them.
const beside = tests.length > 0 ? planned.filter(isCheck) : [];
/** What they wrote is shown when they have ended, so that it is in one piece. */
const checked = runBeside(beside);
for (const suite of tests.length > 0 ? tests : planned) add(await run(suite));
for (const { output, counts } of await checked) {
  process.stdout.write(output);
  add(counts);
}

for (const notice of notices) process.stdout.write(`\n!! ${notice}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** @param {string[]} names */
function chooseSuites(names) {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    fail(
      `No suite has the name ${unknown.join(", ")}. The suites are: ${suites.map((suite) => suite.name).join(", ")}.`,
    );
  }
  return names.length === 0 ? suites : suites.filter((suite) => names.includes(suite.name));
}

/** A suite without files is not run. @param {Suite} suite */
function hasWork(suite) {
  if (suite.kind === "page") return hasPage();
  return suite.kind !== "bun" || filesOf(suite).length > 0;
}

/** @param {Suite} suite */
function filesOf(suite) {
  return files.filter((file) => suite.owns?.(file));
}

/** A check of the text: it starts no server and no timer. @param {Suite} suite */
function isCheck({ kind }) {
  return kind === "types" || kind === "lint";
}

/** Runs suites one after the other. @param {Suite[]} some @returns {Promise<{ output: string, counts: Counts }[]>} */
async function runBeside(some) {
  const results = [];
  for (const suite of some) {
    let output = "";
    const counts = await run(suite, (text) => {
      output += text;
    });
    results.push({ output, counts });
  }
  return results;
}

/** Writes to the terminal. @param {string} text */
function show(text) {
  process.stdout.write(text);
}

/**
 * @param {Suite} suite
 * @param {(text: string) => void} write takes the output; the terminal's if it is not given
 * @returns {Promise<Counts>}
 */
async function run(suite, write = show) {
  write(`\n── ${suite.name} ${"─".repeat(Math.max(0, 76 - suite.name.length))}\n`);
  /** @type {NodeJS.ProcessEnv} */
  const found = {};
  for (const tool of suite.tools ?? []) {
    const path = findTool(tool);
    if (path) {
      found[tool.env] = path;
      continue;
    }
    const what = tool.essential ? "did not run at all" : "ran without the tests that need it";
    notices.push(`${suite.name} ${what}: ${tool.debian} is not installed (or name it in ${tool.env}).`);
    if (tool.essential) return { passed: 0, failed: 0, skipped: 1 };
  }
  const started = performance.now();
  const counts = await runKind(suite, found, write);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  write(
    `   ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds} s\n`,
  );
  return counts;
}

/**
 * @param {Suite} suite
 * @param {NodeJS.ProcessEnv} found paths of programs
 * @param {(text: string) => void} write
 * @returns {Promise<Counts>}
 */
async function runKind(suite, found, write) {
  if (suite.page && !buildPage()) {
    notices.push(`${suite.name} failed because the page could not be built.`);
    return verdict(false);
  }
  switch (suite.kind) {
    case "types":
      return verdict(await finish(suite, process.execPath, ["scripts/types.mjs"], {}, write));
    case "lint":
      return verdict(
        await finish(suite, process.execPath, [biome, "check", "--error-on-warnings"], {}, write),
      );
    case "page":
      return verdict(true);
    case "bun":
      return runBun(suite, found);
  }
}

/** A check that has no tests of its own counts as one. @param {boolean} ok @returns {Counts} */
function verdict(ok) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** @param {Suite} suite @param {NodeJS.ProcessEnv} found paths of programs @returns {Promise<Counts>} */
async function runBun(suite, found) {
  const folder = mkdtempSync(join(tmpdir(), "parley-test-"));
  const report = join(folder, "junit.xml");
  const ok = await finish(
    suite,
    bun,
    [
      "--no-orphans",
      "test",
      `--timeout=${(suite.testSeconds ?? 30) * 1000}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...filesOf(suite).map((file) => `./${file}`),
    ],
    found,
  );
  const xml = existsSync(report) ? readFileSync(report, "utf8") : "";
  const counts = readReport(xml);
  for (const line of slowest(xml)) process.stdout.write(`   slow: ${line}\n`);
  rmSync(folder, { recursive: true, force: true });
  // A crash, a file that does not load, or a suite without tests fails, although no test failed.
  if (counts.failed === 0 && (!ok || counts.passed + counts.skipped === 0)) {
    counts.failed = 1;
    notices.push(`${suite.name} failed without naming a failed test; see its output above.`);
  }
  return counts;
}

/** @param {string} xml @returns {Counts} */
function readReport(xml) {
  const summary = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? "";
  /** @param {string} name */
  const figure = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(summary)?.[1] ?? 0);
  const failed = figure("failures") + figure("errors");
  const skipped = figure("skipped");
  return { passed: figure("tests") - failed - skipped, failed, skipped };
}

/** Tests that took longest, of those that took more than 5 s: what to look at when a suite is slow. @param {string} xml */
function slowest(xml) {
  return [...xml.matchAll(/<testcase\b[^>]*>/g)]
    .map(([tag]) => {
      /** @param {string} name */
      const attribute = (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
      return { seconds: Number(attribute("time")), test: `${attribute("file")}: ${attribute("name")}` };
    })
    .filter(({ seconds }) => seconds > 5)
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5)
    .map(({ seconds, test }) => `${seconds.toFixed(1)} s ${test}`);
}

/**
 * Runs a command to its end, or kills its whole group when its time is up. True if it succeeded.
 * @param {Suite} suite
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} write
 * @returns {Promise<boolean>}
 */
function finish(suite, command, args, env, write = show) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: write === show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      env: { ...process.env, ...env },
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => write(String(data)));
    const bound = setTimeout(() => {
      notices.push(`${suite.name} was killed after ${suite.minutes} minutes.`);
      killGroup(child);
    }, suite.minutes * 60_000);
    child.on("error", (error) => {
      notices.push(`${suite.name} could not be started: ${error.message}`);
      resolve(false);
    });
    // With all of its output: what it left behind holds no pipe, because it is ended first.
    child.on("exit", () => killGroup(child));
    child.on("close", (code) => {
      clearTimeout(bound);
      running.delete(child);
      resolve(code === 0);
    });
  });
}

/** Ends the processes that a suite left behind. @param {import("node:child_process").ChildProcess} child */
function killGroup(child) {
  if (!child.pid) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}

/** @param {Counts} counts */
function add(counts) {
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}
