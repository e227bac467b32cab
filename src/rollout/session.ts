import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, HostConfig, Target } from '../config/config.ts';
import { ConnectionError, RemoteCommandError } from '../errors.ts';
import { gather, type FactTable, type FactValues } from '../facts/gather.ts';
import type { Maybe } from '../facts/tolerant.ts';
import { lookFacts, runningFacts, stackFacts, type HostFacts } from '../facts/index.ts';
import type { Connect, Host } from '../host/host.ts';
import { factScope } from '../observe/scope.ts';
import type { Progress } from '../plan/progress.ts';
import type { ProbeSample } from '../probe/summary.ts';
import { composeFlags, composeProgram } from '../shell/compose.ts';
import type { ScriptContext } from '../shell/script.ts';

/** What a rollout needs from outside. */
export interface RolloutContext {
  config: Config;
  connect: Connect<HostConfig>;
  /** Milliseconds since 1970. */
  clock: () => number;
  runId: string;
  signal: AbortSignal;
  progress: Progress;
  /** Takes every request of the probe once it has ended; times by `performance.now()`. */
  onSample?: (host: string, sample: ProbeSample) => void;
  env: Readonly<Record<string, string | undefined>>;
}

/** One host of a rollout: its connection, which is made again when it was lost, and its state as last seen. */
export class HostSession {
  readonly config: HostConfig;
  readonly target: Target;
  readonly #context: RolloutContext;
  #host: Host | undefined;
  #facts: HostFacts | undefined;
  #lookedAt = 0;

  constructor(context: RolloutContext, config: HostConfig) {
    this.#context = context;
    this.config = config;
    this.target = context.config.target;
  }

  get name(): string {
    return this.config.name;
  }

  get host(): Host {
    if (!this.#host) throw new Error(`${this.name} is not connected.`);
    return this.#host;
  }

  /** Requests over the present connection. */
  get roundTrips(): number {
    return this.#host?.roundTrips ?? 0;
  }

  /** As last gathered by `look`. */
  get facts(): HostFacts {
    if (!this.#facts) throw new Error(`The state of ${this.name} was not gathered.`);
    return this.#facts;
  }

  /** Which Compose the host has. */
  flavor(): 'plugin' | 'standalone' {
    const { compose } = this.facts.engine;
    return compose.state === 'ok' ? compose.flavor : 'plugin';
  }

  /** For scripts that change nothing. */
  script(): ScriptContext {
    return this.scriptFor(this.flavor());
  }

  scriptFor(flavor: 'plugin' | 'standalone'): ScriptContext {
    const { appDir, compose } = this.target;
    return { appDir, compose: `${composeProgram(flavor)} ${composeFlags(compose)}` };
  }

  async connect(signal?: AbortSignal): Promise<void> {
    this.#host = await this.#context.connect(this.config, signal);
  }

  /**
   * Gathers all facts in one round trip. Of an engine that cannot be used there are no containers and no images; the
   * preflight refuses it.
   *
   * @throws RemoteCommandError `FACTS_FAILED`
   */
  async look(signal?: AbortSignal): Promise<HostFacts> {
    const { containers, images, ...facts } = await this.#gather(lookFacts, signal);
    const seen = <Value>(maybe: Maybe<Value>, none: Value): Value => {
      if ('value' in maybe) return maybe.value;
      if (facts.engine.docker.state !== 'ok') return none;
      throw new RemoteCommandError(
        'FACTS_FAILED',
        `The state of ${this.name} could not be read: ${maybe.error}`,
        { place: { host: this.name, step: 'facts' } },
      );
    };
    this.#facts = { ...facts, containers: seen(containers, []), images: seen(images, {}) };
    this.#lookedAt = performance.now();
    return this.#facts;
  }

  /** Milliseconds since the last full look. */
  age(): number {
    return performance.now() - this.#lookedAt;
  }

  /**
   * Gathers again what the steps of a rollout change, in one round trip; not the Compose files, which takes as long as
   * all the rest.
   */
  async lookAtWhatRuns(signal?: AbortSignal): Promise<HostFacts> {
    this.#facts = { ...this.facts, ...(await this.#gather(runningFacts, signal, this.#project())) };
    return this.#facts;
  }

  /** The same and the Compose files, in one round trip; two where the project was renamed. */
  async lookAtStack(signal?: AbortSignal): Promise<HostFacts> {
    const known = this.#project();
    let seen = await this.#gather(stackFacts, signal, known);
    if (known !== undefined && !(seen.compose.state === 'ok' && seen.compose.project === known))
      seen = await this.#gather(stackFacts, signal);
    this.#facts = { ...this.facts, ...seen };
    return this.#facts;
  }

  #project(): string | undefined {
    const { compose } = this.facts;
    return compose.state === 'ok' ? compose.project : undefined;
  }

  async #gather<Table extends FactTable>(
    table: Table,
    signal: AbortSignal | undefined,
    project?: string,
  ): Promise<FactValues<Table>> {
    const known = project === undefined ? {} : { known: { compose: composeProgram(this.flavor()), project } };
    const nonce = randomBytes(8).toString('hex');
    return await gather(
      this.host,
      table,
      { ...factScope(this.target), ...known },
      nonce,
      signal ? { signal } : {},
    );
  }

  /** Connects again after a loss; a few tries, then the last error. */
  async reconnect(signal?: AbortSignal): Promise<void> {
    await this.close();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.connect(signal);
        return;
      } catch (error) {
        if (!(error instanceof ConnectionError) || attempt >= 4) throw error;
        await sleep(2000 * attempt, undefined, signal ? { signal } : {});
      }
    }
  }

  async close(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.close().catch(() => {
      // A lost connection is as good as a closed one.
    });
  }
}
