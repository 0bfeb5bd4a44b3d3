/** One step of a Dockerfile that makes files. */
export type Step =
  | { readonly kind: "run"; readonly folder: string; readonly command: string }
  | {
      readonly kind: "copy";
      /** The stage that it copies from; null for the folder that is built. */
      readonly from: string | null;
      readonly owner: number | null;
      readonly paths: readonly string[];
      /** Absolute. It ends with a slash when it is a folder that things are put into. */
      readonly to: string;
    };

/** One stage, with what a container of it is started with. */
export type ImageStage = {
  readonly base: string;
  readonly name: string;
  readonly steps: readonly Step[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly user: string | null;
  readonly volumes: readonly string[];
  readonly ports: readonly number[];
  readonly stopSignal: string | null;
  readonly health: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
};

/** Lines without comments, each continued one joined. */
function lines(text: string): string[] {
  const joined: string[] = [];
  let open = "";
  for (const line of text.split("\n")) {
    if (/^\s*(#|$)/.test(line)) continue;
    const goes = line.endsWith("\\");
    open += goes ? `${line.slice(0, -1).trim()} ` : line.trim();
    if (goes) continue;
    joined.push(open);
    open = "";
  }
  if (open !== "") throw new Error("The Dockerfile ends in the middle of an instruction");
  return joined;
}

/** Reads what our Dockerfile uses of the language. Throws at anything else, so that nothing of it goes unproved. */
export function readDockerfile(text: string): ImageStage[] {
  const stages: ImageStage[] = [];
  let stage: ImageStage | undefined;
  for (const line of lines(text)) {
    const [, word = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === "FROM") {
      const [, base = "", name = ""] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
      if (base === "") throw new Error(`FROM what? ${line}`);
      stage = { ...EMPTY, base, name };
    } else if (stage) stage = read(stage, word, rest);
    else throw new Error(`There is no stage yet for: ${line}`);
    if (word === "FROM") stages.push(stage);
    else stages[stages.length - 1] = stage;
  }
  return stages;
}

const EMPTY: Omit<ImageStage, "base" | "name"> = {
  steps: [],
  env: {},
  folder: "/",
  user: null,
  volumes: [],
  ports: [],
  stopSignal: null,
  health: [],
  entrypoint: [],
  command: [],
};

function read(stage: ImageStage, word: string, rest: string): ImageStage {
  const { steps, folder } = stage;
  switch (word) {
    case "WORKDIR":
      return { ...stage, folder: rest };
    case "RUN":
      return { ...stage, steps: [...steps, { kind: "run", folder, command: rest }] };
    case "COPY":
      return { ...stage, steps: [...steps, copy(folder, rest)] };
    case "ENV":
      return { ...stage, env: { ...stage.env, ...pairs(rest) } };
    case "USER":
      return { ...stage, user: rest };
    case "VOLUME":
      return { ...stage, volumes: [...stage.volumes, ...rest.split(/\s+/)] };
    case "EXPOSE":
      return { ...stage, ports: [...stage.ports, ...rest.split(/\s+/).map(Number)] };
    case "STOPSIGNAL":
      return { ...stage, stopSignal: rest };
    case "HEALTHCHECK":
      return { ...stage, health: list(rest.replace(/^(--\S+\s+)*CMD\s+/, "")) };
    case "ENTRYPOINT":
      return { ...stage, entrypoint: list(rest) };
    case "CMD":
      return { ...stage, command: list(rest) };
    default:
      throw new Error(`This reader does not know ${word} ${rest}`);
  }
}

function copy(folder: string, rest: string): Step {
  const words = rest.split(/\s+/);
  const flags = words.filter((word) => word.startsWith("--"));
  const paths = words.filter((word) => !word.startsWith("--"));
  const flag = (name: string) =>
    flags.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
  const strange = flags.find((each) => !/^--(from|chown)=/.test(each));
  const to = paths.pop();
  if (strange !== undefined || to === undefined || paths.length === 0)
    throw new Error(`COPY ${rest}: not understood`);
  const owner = flag("chown");
  if (owner !== null && !/^(\d+):\1$/.test(owner))
    throw new Error(`COPY ${rest}: a base image need not know any name; write the number twice`);
  const absolute = to.startsWith("/") ? to : `${folder}/${to}`.replaceAll("/./", "/");
  return {
    kind: "copy",
    from: flag("from"),
    owner: owner === null ? null : Number(owner.split(":")[0]),
    paths,
    to: to === "." || to === "./" ? `${folder}/` : absolute,
  };
}

function pairs(rest: string): Record<string, string> {
  return Object.fromEntries(rest.split(/\s+/).map((pair) => pair.split(/=(.*)/s, 2)));
}

/** The form of a list; the form of a shell line would need a shell in the image, and would keep signals from the server. */
function list(rest: string): string[] {
  const words: unknown = JSON.parse(rest);
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
    throw new Error(`${rest}: not a list of words`);
  return words;
}
