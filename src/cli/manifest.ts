/** The parts of `oclif.manifest.json` that we read; written by scripts/generate.ts. */
export interface ManifestFlag {
  name: string;
  type: 'boolean' | 'option';
  char?: string;
  summary?: string;
  description?: string;
  helpGroup?: string;
  helpValue?: string | readonly string[];
  hidden?: boolean;
  required?: boolean;
  multiple?: boolean;
  allowNo?: boolean;
  options?: readonly string[];
  default?: string | number | boolean;
}

export interface ManifestArg {
  name: string;
  description?: string;
  required?: boolean;
  multiple?: boolean;
  hidden?: boolean;
  options?: readonly string[];
}

export interface ManifestCommand {
  id: string;
  summary?: string;
  description?: string;
  hidden?: boolean;
  strict?: boolean;
  aliases: readonly string[];
  /** Words behind `ops`, where the arguments alone do not tell. */
  usage?: string;
  examples?: readonly (string | { command: string; description: string })[];
  args: Readonly<Record<string, ManifestArg>>;
  flags: Readonly<Record<string, ManifestFlag>>;
}

export interface Manifest {
  version: string;
  commands: Readonly<Record<string, ManifestCommand>>;
}

/** What the words of a command line name. */
export type Route =
  | { kind: 'command'; command: ManifestCommand; rest: readonly string[] }
  | { kind: 'topic'; topic: string; unknown: string | undefined }
  | { kind: 'root'; unknown: string | undefined };

/** Finds the command of `argv`: the longest run of leading words that is an id, as `sandbox up`. */
export function route(manifest: Manifest, argv: readonly string[]): Route {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const leading = firstFlag === -1 ? argv : argv.slice(0, firstFlag);
  const all = Object.values(manifest.commands);
  for (let length = leading.length; length > 0; length -= 1) {
    const id = leading.slice(0, length).join(':');
    const command = all.find((candidate) => candidate.id === id || candidate.aliases.includes(id));
    if (command !== undefined) return { kind: 'command', command, rest: argv.slice(length) };
  }
  const [topic] = leading;
  if (topic !== undefined && all.some(({ id }) => id.startsWith(`${topic}:`))) {
    return { kind: 'topic', topic, unknown: leading[1] };
  }
  return { kind: 'root', unknown: topic ?? argv.find((word) => word.startsWith('-')) };
}
