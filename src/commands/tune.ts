import { Args } from '@oclif/core';
import { boolean, integer, option, string } from '@oclif/core/flags';
import { yesFlag } from '../cli/flags.ts';
import { givenMachine, machineFlags } from '../cli/machine-flags.ts';
import type { Outcome } from '../cli/outcome.ts';
import { sanitizeReport } from '../cli/sanitize.ts';
import { write } from '../cli/streams.ts';
import { TargetCommand } from '../cli/target-command.ts';
import type { TuneReport } from '../cli/reports/tune.ts';
import type { TuneGiven, TuneSource } from '../cli/tune-input.ts';
import { UsageError } from '../errors.ts';
import { parseBytes } from '../readers/compose/units.ts';

export default class Tune extends TargetCommand<typeof Tune> {
  static override summary =
    'Compute workers, pools, connections, PostgreSQL settings and limits that fit the server and each other.';
  static override description =
    "Reads the Compose project of a directory (default: the one you are in) for a server that --memory and --cpus describe; with -t, the project, the server and the memory of what runs there. What the machine has is divided among all services, also for the time of a deploy, when old and new containers run side by side. Each number comes with its arithmetic and its source.\n\n--write sets them where the project has them: the app server's command, the engine's pool, limits in the Compose file, PostgreSQL's command or configuration file, nginx.conf. Every other byte stays. What cannot be edited is listed, and holds back what only fits together with it.\n\nPostgreSQL's numbers are those of pgtune, for the memory of its container. What cannot fit ends with exit code 1 and says what would.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> --memory 4G --cpus 2',
    '<%= config.bin %> <%= command.id %> -t production --keep-limits',
    '<%= config.bin %> <%= command.id %> --memory 4G --cpus 2 --dry-run',
    '<%= config.bin %> <%= command.id %> . -t production --write',
    '<%= config.bin %> <%= command.id %> --memory 2G --cpus 1 --service app --service db=postgres:17',
  ];

  static override args = {
    directory: Args.string({
      name: 'DIR',
      description: 'Directory of the Compose project.',
      required: false,
    }),
  };

  static override flags = {
    ...machineFlags,
    disk: option({
      summary: 'What PostgreSQL keeps its data on; default ssd.',
      options: ['ssd', 'nvme', 'hdd', 'san'] as const,
    })(),
    'disk-free': string({ summary: 'Free space there: 20G.', helpValue: 'SIZE' }),
    workload: option({
      summary: "Kind of workload, as pgtune has it; it sets PostgreSQL's part.",
      options: ['web', 'oltp', 'dw', 'desktop', 'mixed'] as const,
      default: 'web' as const,
    })(),
    connections: integer({
      summary: 'max_connections, instead of what the pools need.',
      min: 1,
      max: 10_000,
      helpValue: 'NUMBER',
    }),
    formula: option({
      summary: 'classic: work_mem as older versions of pgtune had it.',
      options: ['pgtune', 'classic'] as const,
      default: 'pgtune' as const,
    })(),
    'keep-limits': boolean({ summary: 'Keep the memory and CPU limits that the Compose file has.' }),
    service: string({
      summary: 'A service, instead of a project: app, api=sync*2, db=postgres:17; may be repeated.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME=KIND',
      exclusive: ['target', 'host', 'keep-limits', 'write', 'dry-run'],
    }),
    write: boolean({ summary: 'Write the plan into the files of the directory; shown and asked first.' }),
    'dry-run': boolean({ summary: 'Show what --write would change, and change nothing.' }),
    'allow-dirty': boolean({
      summary: 'Write although git has changes that are not committed.',
      dependsOn: ['write'],
    }),
    ...yesFlag,
  };

  protected override async execute(): Promise<Outcome> {
    const [source, { solve }, { tuneData, tuneReport }] = await Promise.all([
      this.#source(),
      import('../tune/solve.ts'),
      import('../cli/reports/tune.ts'),
    ]);
    const report: TuneReport = { ...source, plan: solve(source.input) };
    const width = Math.min(process.stdout.columns ?? 100, 120);
    const dryRun = this.flags['dry-run'];
    if (report.plan.feasible && (this.flags.write || dryRun)) {
      const { writePlan } = await import('../cli/tune-write.ts');
      return await writePlan(report, {
        style: this.style,
        width,
        asking: this.asking,
        yes: this.flags.yes,
        allowDirty: this.flags['allow-dirty'],
        dryRun,
        show: async (text) =>
          await this.view.suspend(async () => await write(process.stderr, `${sanitizeReport(text)}\n`)),
      });
    }
    const would = this.json ? undefined : (await import('../cli/tune-write.ts')).preview(report);
    return {
      reason: report.plan.feasible ? 'ok' : 'checksFailed',
      data: tuneData(report),
      text: () => tuneReport({ ...report, ...(would ? { would } : {}) }, this.style, { width }),
    };
  }

  async #source(): Promise<TuneSource> {
    const { service = [], target, host, 'compose-file': named = [] } = this.flags;
    const { directory } = this.args;
    const given = this.#given();
    const sources = await import('../cli/tune-input.ts');
    if (service.length > 0) {
      if (directory !== undefined)
        throw new UsageError('WRONG_ARGUMENTS', 'A directory and --service do not go together.', {
          next: ['Leave out one of them.'],
        });
      return sources.namedServices(service, given);
    }
    const options = { cwd: this.cwd, env: this.env, named, signal: this.signal };
    if (target === undefined && host === undefined)
      return await sources.directoryInput(directory ?? '.', options, given);
    return await sources.targetInput(await this.loadContext(), directory, options, given);
  }

  #given(): TuneGiven {
    const { disk, formula, workload, connections, 'disk-free': free } = this.flags;
    const machine = givenMachine(this.flags);
    const diskFreeBytes = free === undefined ? undefined : parseBytes(free);
    if (free !== undefined && !(diskFreeBytes !== undefined && diskFreeBytes > 0))
      throw new UsageError('WRONG_FLAG', `--disk-free is ${JSON.stringify(free)}, which is no size.`, {
        next: ['Write it as 20G or 500M.'],
      });
    return {
      machine: {
        ...(machine ? { cpus: machine.cpus, memoryBytes: machine.memoryBytes } : {}),
        ...(disk === undefined ? {} : { disk }),
        ...(diskFreeBytes === undefined ? {} : { diskFreeBytes }),
      },
      formula,
      workload,
      keepLimits: this.flags['keep-limits'],
      ...(connections === undefined ? {} : { maxConnections: connections }),
    };
  }
}
