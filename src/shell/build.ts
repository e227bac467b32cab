import { logDir } from './ops-dir.ts';
import { quote, words } from './quote.ts';
import { stepScript, type ScriptContext } from './script.ts';

export interface BuildOptions {
  services: readonly string[];
  cache: boolean;
  pull: boolean;
  args: Readonly<Record<string, string>>;
  /** Name of the log on the server. */
  release: string;
}

/** Builds with plain progress; the output streams to us and stays on the server as a log. */
export function build(
  context: ScriptContext,
  { services, cache, pull, args, release }: BuildOptions,
): string {
  const flags = [
    ...(cache ? [] : ['--no-cache']),
    ...(pull ? ['--pull'] : []),
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
  ];
  const log = quote(`${logDir}/build-${release}.log`);
  return stepScript(
    context,
    'BUILDKIT_PROGRESS=plain; DOCKER_BUILDKIT=1; export BUILDKIT_PROGRESS DOCKER_BUILDKIT',
    `umask 077; mkdir -p ${logDir}`,
    // A pipe's status is tee's; the build's own goes by way of a file.
    `status=$(mktemp); trap 'rm -f "$status"' EXIT; echo 1 > "$status"`,
    `{ if dc build ${words(...flags, ...services)} 2>&1; then echo 0 > "$status"; fi; } | tee ${log}`,
    'exit "$(cat "$status")"',
  );
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
