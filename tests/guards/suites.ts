import type { Graph } from "./imports.ts";

/** The folder of tests that a file belongs to, such as `tests/wire/`; undefined outside of tests. */
function suiteOf(path: string): string | undefined {
  return /^tests\/[^/]+\//.exec(path)?.[0];
}

/** Imports of another suite's files. What suites share lies in tests/support, which imports none of them. */
export function crossedSuites({ edges }: Graph): string[] {
  return edges.flatMap((edge) => {
    const suite = "to" in edge ? suiteOf(edge.to) : undefined;
    if (suite === undefined || suite === "tests/support/" || suite === suiteOf(edge.from)) return [];
    return [`${edge.from} imports ${edge.specifier} of ${suite}; move what both need to tests/support`];
  });
}

const testing = /^(?:server\/src|sdk)\/testing\//;
const tests = /\.(?:test|contract|bench)\.tsx?$|^tests\//;

/** Imports of code that exists for tests from code that is shipped or run otherwise, types too. */
export function testingInProduct({ edges }: Graph): string[] {
  return edges.flatMap((edge) =>
    "to" in edge && testing.test(edge.to) && !testing.test(edge.from) && !tests.test(edge.from)
      ? [`${edge.from} imports ${edge.specifier}, which is for tests only`]
      : [],
  );
}
