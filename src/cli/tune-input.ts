import { basename } from 'node:path';
import type { Files } from '../source/files.ts';
import type { StackInput } from '../stack/build.ts';
import type { Stack } from '../stack/stack.ts';
import { UsageError } from '../errors.ts';
import { tuneInputOf, type TuneMachine, type TuneOptions } from '../tune/input.ts';
import type { TuneInput, TuneService } from '../tune/plan.ts';
import { serviceKinds, serviceOf } from '../tune/service-spec.ts';
import type { Context } from './context.ts';
import { directorySource, type AuditSource, type DirectoryOptions } from './audit/source.ts';

/** What `ops tune` computes for, and where it was read. */
export interface TuneSource {
  subject: string;
  input: TuneInput;
  /** What could not be asked on the server. */
  unseen: readonly string[];
  /** The files, if they are on this machine and can be changed. */
  project?: TuneProject;
}

export interface TuneProject {
  root: string;
  files: Files;
  /** The stack of other texts in the same files, without what runs. */
  read: (files: Files) => Stack;
}

/** What is given on the command line, over what is read. */
export interface TuneGiven extends TuneOptions {
  machine: Partial<TuneMachine>;
}

/** @throws UsageError for what is no service */
export function namedServices(specs: readonly string[], given: TuneGiven): TuneSource {
  const services = specs.map((text): TuneService => {
    const found = serviceOf(text);
    if (found) return found;
    throw new UsageError('WRONG_SERVICE', `--service ${text} makes no sense.`, {
      next: [`Write NAME=KIND, with one of the kinds ${serviceKinds.join(', ')}.`],
    });
  });
  const names = services.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UsageError('WRONG_SERVICE', `There are two services ${twice}.`, {
      next: [`Give each a name of its own: ${twice}2=KIND`],
    });
  const { formula = 'pgtune', workload = 'web', maxConnections } = given;
  const machine = known(given.machine);
  return {
    subject: 'services',
    input: {
      machine: { ...machine, disk: machine.disk ?? 'ssd' },
      services,
      formula,
      workload,
      ...(maxConnections === undefined ? {} : { maxConnections }),
    },
    unseen: [],
  };
}

/** The project in a directory, for the machine that is given. */
export async function directoryInput(
  directory: string,
  options: DirectoryOptions,
  given: TuneGiven,
): Promise<TuneSource> {
  const machine = known(given.machine);
  const [source, { buildStack }] = await Promise.all([
    directorySource(directory, options),
    import('../stack/build.ts'),
  ]);
  return {
    // `.` says nothing in a heading.
    subject: source.subject.name === '.' ? basename(options.cwd) : source.subject.name,
    input: tuneInputOf(buildStack(source.input), machine, given),
    unseen: [],
    ...projectOf(source, buildStack),
  };
}

/** The stack of a target's first host, with its machine; the files of a directory if one is named. */
export async function targetInput(
  context: Context,
  directory: string | undefined,
  options: DirectoryOptions,
  given: TuneGiven,
): Promise<TuneSource> {
  const { config, connect, signal, runId, random } = context;
  const { target } = config;
  const [{ rolledServices, stackOfHost }, { hostNamed }, { buildStack }, source] = await Promise.all([
    import('../observe/tune-target.ts'),
    import('../observe/hosts.ts'),
    import('../stack/build.ts'),
    directory === undefined ? undefined : directorySource(directory, options),
  ]);
  const host = await connect(hostNamed(target.hosts, undefined), signal);
  try {
    const { stack, machine, unknown } = await stackOfHost(host, target, {
      nonce: () => `${runId}${Math.floor(random() * 1e9)}`,
      signal,
      named: options.named,
      env: source?.input.compose.env ?? {},
      ...(source ? { files: source.input.files } : {}),
    });
    const rolled = rolledServices(target);
    return {
      subject: `${target.name} · ${host.name}`,
      input: inputOf(
        stack,
        { ...machine, ...given.machine },
        {
          ...given,
          ...(rolled === undefined ? {} : { rolled }),
        },
      ),
      unseen: unknown.map(({ what, why, service }) =>
        service === undefined ? `${what}: ${why}` : `${service}: ${what}: ${why}`,
      ),
      ...(source ? projectOf(source, buildStack) : {}),
    };
  } finally {
    await host.close();
  }
}

function projectOf(
  { root, input }: AuditSource,
  build: (input: StackInput) => Stack,
): Pick<TuneSource, 'project'> {
  if (root === undefined) return {};
  const { live: _, ...still } = input;
  return { project: { root, files: input.files, read: (files) => build({ ...still, files }) } };
}

function inputOf(stack: Stack, machine: Partial<TuneMachine>, options: TuneOptions): TuneInput {
  return tuneInputOf(stack, known(machine), options);
}

/** @throws UsageError when the machine is not known */
function known(machine: Partial<TuneMachine>): TuneMachine {
  const { cpus, memoryBytes } = machine;
  if (cpus !== undefined && memoryBytes !== undefined) return { ...machine, cpus, memoryBytes };
  throw new UsageError('NO_MACHINE', 'The memory and CPUs of the machine are not known.', {
    next: ['Give them: --memory 4G --cpus 2', 'Or name a target, whose server is asked: -t production'],
  });
}
