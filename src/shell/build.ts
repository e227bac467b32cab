import { logDir } from './ops-dir.ts';
import { quote, words } from './quote.ts';
import { stepScript, type ScriptContext } from './script.ts';

export interface BuildOptions {
  services: readonly string[];
  cache: boolean;
  pull: boolean;
  args: Readonly<Record<string, string>>;
  /** Compose's flags name its files, so that one more can be laid upon them. */
  filesNamed: boolean;
  /** Name of the log on the server. */
  release: string;
}

/**
 * Builds with plain progress; the output streams to us and stays on the server as a log.
 *
 * Values of build arguments stand in a private file, for everybody on the server can read the words of a command.
 * Not in the environment: there they would also replace variables of the Compose files.
 */
export function build(
  context: ScriptContext,
  { services, cache, pull, args, filesNamed, release }: BuildOptions,
): string {
  const inFile = filesNamed && Object.keys(args).length > 0;
  const flags = [
    ...(cache ? [] : ['--no-cache']),
    ...(pull ? ['--pull'] : []),
    ...(inFile ? [] : Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`])),
  ];
  const log = quote(`${logDir}/build-${release}.log`);
  return stepScript(
    context,
    'BUILDKIT_PROGRESS=plain; DOCKER_BUILDKIT=1; export BUILDKIT_PROGRESS DOCKER_BUILDKIT',
    `umask 077; mkdir -p ${logDir}`,
    // A pipe's status is tee's; the build's own goes by way of a file.
    `status=$(mktemp); args=; trap 'rm -f "$status" $args' EXIT; echo 1 > "$status"`,
    ...(inFile ? [`args=$(mktemp); printf '%s' ${quote(argumentFile(services, args))} > "$args"`] : []),
    `{ if dc ${inFile ? '-f "$args" ' : ''}build ${words(...flags, ...services)} 2>&1; then echo 0 > "$status"; fi; } | tee ${log}`,
    'exit "$(cat "$status")"',
  );
}

/** A Compose file (JSON is YAML) that adds build arguments; `$` is doubled, for nothing is to be interpolated. */
function argumentFile(services: readonly string[], args: BuildOptions['args']): string {
  const values = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, value.replaceAll('$', '$$$$')]),
  );
  return JSON.stringify({
    services: Object.fromEntries(services.map((service) => [service, { build: { args: values } }])),
  });
}

/** Pulls images that the host lacks, so that starting containers never waits for a registry. */
export function pullImages(context: ScriptContext, images: readonly string[]): string {
  return stepScript(context, ...images.map((image) => `docker pull ${quote(image)} </dev/null`));
}

/** Gives images further names: `source` is an id or a name. */
export function tagImages(tags: readonly { source: string; tag: string }[]): string[] {
  return tags.map(({ source, tag }) => `docker tag ${words(source, tag)}`);
}

/** Takes names from images; an image without a name left goes, unless a container uses it. */
export function untagImages(tags: readonly string[]): string[] {
  return tags.map((tag) => `docker image rm ${quote(tag)} >/dev/null 2>&1 || :`);
}

/** Removes all but the newest logs of ops; their names are ours and have neither spaces nor line breaks. */
export function pruneLogs(keep: number): string {
  return `( cd ${logDir} 2>/dev/null && ls -t | tail -n +${keep + 1} | while IFS= read -r log; do rm -f -- "$log"; done ) || :`;
}
