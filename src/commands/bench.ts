import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { Args } from '@oclif/core';
import type { BenchResult, Second } from '../bench/result.ts';
import type { Sampling } from '../bench/sample-server.ts';
import type { Scenario } from '../bench/scenario.ts';
import { beforeAfterFlags } from '../cli/bench/before-after-flags.ts';
import { benchFlags } from '../cli/bench/flags.ts';
import { isLoopback } from '../cli/bench/own-site.ts';
import { planBench, readWords, type BenchPlan } from '../cli/bench/plan.ts';
import { repeatFlags } from '../cli/bench/repeat-flags.ts';
import type { Outcome } from '../cli/outcome.ts';
import { reportFile, reportFlag, writeParts } from '../cli/report-flag.ts';
import { TargetCommand } from '../cli/target-command.ts';
import { InterruptedError, OpsError, UsageError } from '../errors.ts';

/** A plan, and how the site is reached where that is not its URL. */
interface Prepared extends BenchPlan {
  through?: { text: string; open: () => Promise<Duplex> };
  /** Begins to watch the server. */
  sample?: () => Promise<Sampling>;
}

export default class Bench extends TargetCommand<typeof Bench> {
  static override summary = 'Measure how fast a site answers, and how much it can answer.';
  static override description =
    "Sends requests at a constant rate and counts each one's time from when it should have been sent, so that a site that stalls shows it. With --connections it behaves like so many people instead, each of whom waits for an answer; with --ramp it looks for the rate at which the site no longer keeps up. The default is mild: 10 GET requests a second for 10 seconds.\n\nWith a target, what is asked and expected may stand in ops.yaml (`bench`). A target without a URL is asked through SSH.\n\nA site that is neither on this machine nor named in ops.yaml needs --i-own-this. Requests that may change something need --allow-writes. A run ends by itself when more than 5 % of the last 100 requests fail.\n\nExit code 1: a threshold was missed, the run was stopped, or its figures are not to be trusted.";
  static override usage = '<%= command.id %> [URL] [PATH…] [FLAGS]';
  static override examples = [
    '<%= config.bin %> <%= command.id %> http://localhost:8080/api/products --rate 50',
    '<%= config.bin %> <%= command.id %> -t production --connections 20 --duration 30s',
    "<%= config.bin %> <%= command.id %> -t staging / /api/products --threshold 'p95<300ms' --threshold 'errors<1%'",
    '<%= config.bin %> <%= command.id %> http://localhost:8080 --ramp 50:1000:50',
    '<%= config.bin %> <%= command.id %> --before-after',
    `<%= config.bin %> <%= command.id %> http://localhost:8080/api/orders --body '{"id":"{n}"}' --allow-writes`,
  ];

  static override strict = false;
  static override args = {
    url: Args.string({
      name: 'URL',
      description: "What is asked; without it the target's site.",
      required: false,
    }),
    path: Args.string({ name: 'PATH', description: 'Paths of that site, in turn.', required: false }),
  };

  static override flags = { ...benchFlags, ...repeatFlags, ...reportFlag, ...beforeAfterFlags };

  protected override async execute(): Promise<Outcome> {
    if (this.flags['before-after']) return await this.#beforeAfter();
    const words = readWords(this.words);
    const usesTarget =
      words.url === undefined || this.flags.target !== undefined || this.flags.host !== undefined;
    return usesTarget ? await this.#onTarget(words) : await this.#onUrl(words);
  }

  async #beforeAfter(): Promise<Outcome> {
    const [{ measureBeforeAfter }, { sandboxRoot }, { writeOutput }] = await Promise.all([
      import('../cli/bench/before-after.ts'),
      import('../sandbox/root.ts'),
      import('../cli/write-output.ts'),
    ]);
    const { page } = this.flags;
    const file = await reportFile(this.flags.report, this.cwd);
    return await measureBeforeAfter({
      root: await sandboxRoot(this.cwd, this.env),
      durationMs: this.flags.duration ?? 15_000,
      oneAtATime: this.flags['one-at-a-time'],
      installEngine: this.flags['install-engine'],
      command: `ops bench --before-after${this.flags['one-at-a-time'] ? ' --one-at-a-time' : ''} --duration ${(this.flags.duration ?? 15_000) / 1000}s`,
      runId: this.runId,
      version: this.config.version,
      clock: this.clock,
      random: this.random,
      signal: this.signal,
      progress: this.view.progress,
      style: this.style,
      ...(page === undefined
        ? {}
        : { writePage: async (text: string) => await writeOutput(page, this.cwd, text) }),
      ...(file ? { writeReport: file.write } : {}),
    });
  }

  async #onUrl({ url = '', paths }: ReturnType<typeof readWords>): Promise<Outcome> {
    const plan = planBench(url, paths, this.flags);
    await this.#confirmSite(url);
    return await this.#measure(plan);
  }

  async #onTarget(words: ReturnType<typeof readWords>): Promise<Outcome> {
    const { config, connect, signal } = await this.loadContext();
    const { target } = config;
    const url = words.url ?? target.url;
    // What is wrong with the flags is said before anybody is connected.
    const plan = planBench(url ?? 'http://localhost', words.paths, this.flags, target);
    if (url !== undefined) await this.#confirmSite(url);
    if (url !== undefined && !this.flags.sample) return await this.#measure(plan);
    const [{ hostPool, hostNamed }, { siteThroughTunnel }, { sampleTarget }] = await Promise.all([
      import('../observe/hosts.ts'),
      import('../observe/site.ts'),
      import('../observe/sample-target.ts'),
    ]);
    const pool = hostPool([hostNamed(target.hosts, undefined)], connect, signal);
    const tools = { nonce: this.runId, signal };
    try {
      const [result] = await pool.each(async (host): Promise<Prepared> => {
        const site = url === undefined ? await siteThroughTunnel(host, target, tools) : undefined;
        return {
          ...plan,
          ...(site
            ? {
                scenario: { ...plan.scenario, url: site.url },
                through: { text: `${host.name}, ${site.text}`, open: site.open },
              }
            : {}),
          ...(this.flags.sample ? { sample: async () => await sampleTarget(host, target, tools) } : {}),
        };
      });
      if (result && 'value' in result) return await this.#measure(result.value);
      const error = result?.error ?? new UsageError('TARGET_WITHOUT_HOSTS', 'The target has no hosts.');
      if (url === undefined) throw error;
      // The site can be asked all the same.
      this.#warn(`The server is not watched: ${error.message}`);
      return await this.#measure(plan);
    } finally {
      await pool.close();
    }
  }

  /** Load on somebody else's site is an attack. */
  async #confirmSite(url: string): Promise<void> {
    if (isLoopback(url)) return;
    const { hostname } = new URL(url);
    const { configuredNames } = await import('../config/load.ts');
    const names = await configuredNames({ cwd: this.cwd, env: this.env, flags: {} });
    if (names.has(hostname)) return;
    const question = `No target of yours names ${hostname}. Load on a site of somebody else is an attack. Is it yours?`;
    if (!(await this.confirmed(question))) throw new InterruptedError('Not confirmed; nothing was sent.');
  }

  async #measure(plan: Prepared): Promise<Outcome> {
    const { scenario, thresholds, through } = plan;
    const { save, compare, repeat } = this.flags;
    const file = await reportFile(this.flags.report, this.cwd);
    const [{ judgeThresholds }, { benchData, benchReport }, { repeatRuns, middleRun }, saved] =
      await Promise.all([
        import('../bench/thresholds.ts'),
        import('../cli/reports/bench.ts'),
        import('../cli/bench/repeat.ts'),
        import('../bench/saved-runs.ts'),
      ]);
    const { sandboxRoot } = await import('../sandbox/root.ts');
    const root = await sandboxRoot(this.cwd, this.env);
    // What is wrong with the names is said before anything is sent.
    if (save !== undefined) saved.requireRunName(save);
    const before = compare === undefined ? undefined : await saved.loadRuns(root, compare);
    const other = await this.#other(plan);
    const { runs, against } = await repeatRuns(
      repeat,
      scenario,
      other,
      async (asked, label) => await this.#run(asked, label, asked === scenario ? plan : {}),
    );
    const result = middleRun(runs) ?? middleRun(against);
    if (!result) throw new InterruptedError();
    if (save !== undefined && runs.length > 0) await saved.saveRuns(root, save, runs);
    const all = [...runs, ...against];
    if (file) {
      const { benchSides } = await import('../report/join.ts');
      const earlier = against.length > 0 ? against : (before ?? []);
      const sides = benchSides([
        { label: this.flags.against ?? compare ?? 'before', results: earlier },
        { label: save ?? (earlier.length > 0 ? 'now' : 'run'), results: runs },
      ]);
      await writeParts(file, sides, { clock: this.clock, version: this.config.version });
    }
    const verdicts = judgeThresholds(thresholds, result);
    const passed =
      all.every(({ invalid, stopped }) => invalid.length === 0 && stopped === undefined) &&
      runs.every((run) => judgeThresholds(thresholds, run).every(({ kept }) => kept));
    const { comparisonOf, repeatedReport } = await import('../cli/reports/bench-repeated.ts');
    const comparison = comparisonOf({ runs, against, ...(before ? { before } : {}) }, compare);
    const options = { width: process.stdout.columns ?? 100 };
    return {
      reason: all.some(({ stopped }) => stopped === 'interrupted')
        ? 'interrupted'
        : passed
          ? 'ok'
          : 'checksFailed',
      data: {
        ...benchData(result, verdicts),
        ...(runs.length > 1 ? { runs: runs.map((run) => benchData(run, [])['result']) } : {}),
        ...(comparison ? { comparison: comparison.data } : {}),
      },
      text: () =>
        [
          benchReport(result, verdicts, this.style, {
            ...options,
            ...(through ? { through: through.text } : {}),
          }),
          ...repeatedReport({ result, runs, comparison }, this.style, options),
        ].join('\n\n'),
    };
  }

  /** The site of --against, which is asked the same. */
  async #other({ scenario, through }: Prepared): Promise<Scenario | undefined> {
    const { against } = this.flags;
    if (against === undefined) return undefined;
    if (through !== undefined || !URL.canParse(against))
      throw new UsageError('WRONG_AGAINST', '--against compares two sites that have a URL.', {
        next: ['ops bench http://localhost:8080 --against http://localhost:8081 --repeat 5'],
      });
    await this.#confirmSite(against);
    return { ...scenario, url: against };
  }

  /** One run, with what is seen of it meanwhile. */
  async #run(
    scenario: Scenario,
    label: string,
    { through, sample }: Pick<Prepared, 'through' | 'sample'>,
  ): Promise<BenchResult> {
    const [{ runLoad }, { oneRun }, { openLiveBench }] = await Promise.all([
      import('../bench/run-load.ts'),
      import('../cli/bench/one-run.ts'),
      import('../cli/live/open-live-bench.ts'),
    ]);
    const ca = await this.#ca();
    const sampling = await sample?.().catch((error: unknown): undefined => {
      if (!(error instanceof OpsError) || this.signal.aborted) throw error;
      this.#warn(`The server is not watched: ${error.message}`);
    });
    const { view } = this;
    const load = async (onSecond: (second: Second) => void): Promise<BenchResult> =>
      await runLoad(scenario, {
        now: () => performance.now(),
        random: this.random,
        signal: this.signal,
        at: new Date(this.clock()).toISOString(),
        tool: `ops ${this.config.version}`,
        onSecond,
        ...(through ? { createConnection: through.open } : {}),
        ...(ca === undefined ? {} : { ca }),
      });
    // The figures are drawn where the view would draw.
    const result = await view.suspend(async () => {
      const live = openLiveBench(scenario, {
        json: this.json,
        env: this.env,
        label,
        ...(through ? { through: through.text } : {}),
      });
      this.view = live.above(view);
      return await oneRun({
        load,
        warmUpMs: scenario.warmUpMs,
        live,
        ...(sampling ? { sampling } : {}),
      }).finally(() => (this.view = view));
    });
    const notes = through ? [`Asked through ${through.text}: the tunnel is in the figures.`] : [];
    return { ...result, notes: [...notes, ...result.notes] };
  }

  #warn(text: string): void {
    this.view.progress({ type: 'note', level: 'warn', text });
  }

  async #ca(): Promise<string | undefined> {
    const { ca } = this.flags;
    if (ca === undefined) return undefined;
    try {
      return await readFile(resolve(this.cwd, ca), 'utf8');
    } catch (error) {
      throw new UsageError('WRONG_CA', `The file of --ca cannot be read: ${ca}.`, {
        cause: error,
        next: ['Name a file of certificates in PEM.'],
      });
    }
  }
}
