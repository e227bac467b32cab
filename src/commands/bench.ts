import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { Args } from '@oclif/core';
import type { BenchResult } from '../bench/result.ts';
import { benchFlags } from '../cli/bench/flags.ts';
import { isLoopback } from '../cli/bench/own-site.ts';
import { planBench, readWords, type BenchPlan } from '../cli/bench/plan.ts';
import type { Outcome } from '../cli/outcome.ts';
import { TargetCommand } from '../cli/target-command.ts';
import { InterruptedError, UsageError } from '../errors.ts';

/** A plan, and how the site is reached where that is not its URL. */
interface Prepared extends BenchPlan {
  through?: { text: string; open: () => Promise<Duplex> };
}

export default class Bench extends TargetCommand<typeof Bench> {
  static override summary = 'Measure how fast a site answers, and how much it can answer.';
  static override description =
    "Sends requests at a constant rate and counts each one's time from when it should have been sent, so that a site that stalls shows it. With --connections it behaves like so many people instead, each of whom waits for an answer; with --ramp it looks for the rate at which the site no longer keeps up. The default is mild: 10 GET requests a second for 10 seconds.\n\nWith a target, what is asked and expected may stand in ops.yaml (`bench`). A target without a URL is asked through SSH.\n\nA site that is neither on this machine nor named in ops.yaml needs --i-own-this. Requests that may change something need --allow-writes. A run ends by itself when more than 5 % of the last 100 requests fail.\n\nExit code 1: a threshold was missed, the run was stopped, or its figures are not to be trusted.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> http://localhost:8080/api/products --rate 50',
    '<%= config.bin %> <%= command.id %> -t production --connections 20 --duration 30s',
    "<%= config.bin %> <%= command.id %> -t staging / /api/products --threshold 'p95<300ms' --threshold 'errors<1%'",
    '<%= config.bin %> <%= command.id %> http://localhost:8080 --ramp 50:1000:50',
    `<%= config.bin %> <%= command.id %> http://localhost:8080/api/orders --body '{"id":"{n}"}' --allow-writes`,
  ];

  static override strict = false;
  static override args = {
    url: Args.string({
      name: 'URL',
      description: "What is asked; without it the target's site.",
      required: false,
    }),
    path: Args.string({ name: 'PATH…', description: 'Paths of that site, in turn.', required: false }),
  };

  static override flags = benchFlags;

  protected override async execute(): Promise<Outcome> {
    const words = readWords(this.words);
    const usesTarget =
      words.url === undefined || this.flags.target !== undefined || this.flags.host !== undefined;
    return usesTarget ? await this.#onTarget(words) : await this.#onUrl(words);
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
    if (url !== undefined) {
      const plan = planBench(url, words.paths, this.flags, target);
      await this.#confirmSite(url);
      return await this.#measure(plan);
    }
    const [{ hostPool, hostNamed }, { siteThroughTunnel }] = await Promise.all([
      import('../observe/hosts.ts'),
      import('../observe/site.ts'),
    ]);
    // What is wrong with the flags is said before anybody is connected.
    const plan = planBench('http://localhost', words.paths, this.flags, target);
    const pool = hostPool([hostNamed(target.hosts, undefined)], connect, signal);
    try {
      const [result] = await pool.each(async (host): Promise<Outcome> => {
        const site = await siteThroughTunnel(host, target, { nonce: this.runId, signal });
        return await this.#measure({
          ...plan,
          through: { text: `${host.name}, ${site.text}`, open: site.open },
        });
      });
      if (result && 'value' in result) return result.value;
      throw result?.error ?? new UsageError('TARGET_WITHOUT_HOSTS', 'The target has no hosts.');
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

  async #measure({ scenario, thresholds, through }: Prepared): Promise<Outcome> {
    const [{ runLoad }, { judgeThresholds }, { benchData, benchReport }] = await Promise.all([
      import('../bench/run-load.ts'),
      import('../bench/thresholds.ts'),
      import('../cli/reports/bench.ts'),
    ]);
    const ca = await this.#ca();
    const measured = await runLoad(scenario, {
      now: () => performance.now(),
      random: this.random,
      signal: this.signal,
      at: new Date(this.clock()).toISOString(),
      tool: `ops ${this.config.version}`,
      ...(through ? { createConnection: through.open } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    const result: BenchResult = through
      ? {
          ...measured,
          notes: [`Asked through ${through.text}: the tunnel is in the figures.`, ...measured.notes],
        }
      : measured;
    const verdicts = judgeThresholds(thresholds, result);
    const passed =
      result.invalid.length === 0 && result.stopped === undefined && verdicts.every(({ kept }) => kept);
    return {
      reason: result.stopped === 'interrupted' ? 'interrupted' : passed ? 'ok' : 'checksFailed',
      data: benchData(result, verdicts),
      text: () =>
        benchReport(result, verdicts, this.style, {
          width: process.stdout.columns ?? 100,
          ...(through ? { through: through.text } : {}),
        }),
    };
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
