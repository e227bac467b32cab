import { relative, resolve } from 'node:path';
import type { AuditSubject, ReportProblem } from '../../audit/report.ts';
import { loadConfig } from '../../config/load.ts';
import { OpsError, UsageError } from '../../errors.ts';
import { composePaths } from '../../gather/compose-paths.ts';
import { readDirectory } from '../../gather/directory.ts';
import { parseEvidence } from '../../gather/evidence.ts';
import { hostEvidence } from '../../gather/host-evidence.ts';
import { directoryInRepository } from '../../gather/repository.ts';
import { factScope } from '../../observe/scope.ts';
import type { Files } from '../../source/files.ts';
import type { StackInput } from '../../stack/build.ts';
import type { Machine } from '../../stack/stack.ts';
import type { Context } from '../context.ts';
import { readInput } from './files.ts';

/** What an audit is about, read and ready to be judged. */
export interface AuditSource {
  input: StackInput;
  subject: AuditSubject;
  /** What could not be asked on the server. */
  unseen: readonly ReportProblem[];
  /** Where the files are on this machine, so that they can be changed; undefined: they are not. */
  root?: string;
}

export interface DirectoryOptions {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** `--compose-file`. */
  named: readonly string[];
  machine?: Machine;
  signal: AbortSignal;
}

/** The project in a directory of this machine. */
export async function directorySource(directory: string, options: DirectoryOptions): Promise<AuditSource> {
  const { cwd, env, named, machine, signal } = options;
  const root = resolve(cwd, directory);
  const [files, configured, repository] = await Promise.all([
    readDirectory(root, { also: named, signal }),
    configuredFiles(root, env),
    directoryInRepository(root),
  ]);
  const shown = relative(cwd, root).replaceAll('\\', '/') || '.';
  const paths = composePaths(files, shown, { named, configured });
  return {
    input: {
      files,
      compose: { paths, env: defined(env) },
      ...(machine ? { machine } : {}),
    },
    subject: { name: shown, kind: 'directory', ...(repository ? { directory: repository } : {}) },
    unseen: passedOver(files, paths),
    root,
  };
}

/** A Compose file for production that nobody named, beside the one that is read. */
function passedOver(files: Files, read: readonly string[]): ReportProblem[] {
  return files.paths
    .filter((path) => /^(?:docker-)?compose[.-]prod(?:uction)?\.ya?ml$/.test(path) && !read.includes(path))
    .map((path) => ({
      path,
      message: `Not read: ${read.join(', ')} is what was named, or what Compose reads by itself. Name it with --compose-file.`,
    }));
}

/**
 * The running stack of a target's first host, and the files that go with it: those of a directory where one is named,
 * else those of the server.
 */
export async function targetSource(
  context: Context,
  directory: string | undefined,
  options: DirectoryOptions,
): Promise<AuditSource> {
  const { target } = context.config;
  const [address] = target.hosts;
  if (!address) throw new UsageError('TARGET_WITHOUT_HOSTS', `Target ${target.name} has no hosts.`);
  const local = directory === undefined ? undefined : await directorySource(directory, options);
  const host = await context.connect(address, options.signal);
  try {
    context.progress({ type: 'status', host: host.name, text: `Looking at ${host.name}` });
    const { live, machine, files } = await hostEvidence(host, factScope(target), {
      nonce: () => `${context.runId}${Math.floor(context.random() * 1e9)}`,
      signal: options.signal,
      ...(local ? {} : { files: { also: target.compose.files } }),
    });
    const subject: AuditSubject = {
      name: target.name,
      kind: 'target',
      host: host.name,
      ...(local?.subject.directory === undefined ? {} : { directory: local.subject.directory }),
    };
    const unseen = (live.unknown ?? []).map(({ what, why }) => ({ path: what, message: why }));
    const seen = { live, ...((options.machine ?? machine) ? { machine: options.machine ?? machine } : {}) };
    if (local) return { ...local, input: { ...local.input, ...seen }, subject, unseen };
    if (!files)
      throw new OpsError('unchanged', 'FILES_UNREAD', `The files of ${target.appDir} could not be read.`, {
        place: { host: host.name, output: unseen.map(({ path, message }) => `${path}: ${message}`) },
        next: ['Mend what is said above, or name the directory of your clone: ops audit . -t TARGET'],
      });
    const paths = composePaths(files, `${host.name}:${target.appDir}`, {
      named: options.named,
      configured: target.compose.files,
    });
    return {
      input: { files, compose: { paths, env: {}, profiles: target.compose.profiles }, ...seen },
      subject,
      unseen,
    };
  } finally {
    await host.close();
  }
}

/** What `--save` has written. */
export async function evidenceSource(
  path: string,
  { cwd, machine: given }: { cwd: string; machine?: Machine },
): Promise<AuditSource> {
  const { files, compose, live, machine } = parseEvidence(await readInput(path, cwd), path);
  const seen = given ?? machine;
  return {
    input: {
      files,
      compose: { ...compose, env: {} },
      ...(live ? { live } : {}),
      ...(seen ? { machine: seen } : {}),
    },
    subject: { name: path, kind: 'evidence', ...(live ? { host: live.host } : {}) },
    unseen: (live?.unknown ?? []).map(({ what, why }) => ({ path: what, message: why })),
  };
}

/** `compose.files` of the project's ops.yaml and `.env`, where they name one target; a project without is fine. */
async function configuredFiles(root: string, env: DirectoryOptions['env']): Promise<readonly string[]> {
  try {
    const { config } = await loadConfig({ cwd: root, env, flags: {} });
    return config.root === root ? config.target.compose.files : [];
  } catch (error) {
    // No target, several, or none with hosts: nothing that an audit of files needs. A file that is wrong is said.
    if (error instanceof OpsError && error.code !== 'CONFIG_INVALID') return [];
    throw error;
  }
}

function defined(env: DirectoryOptions['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
