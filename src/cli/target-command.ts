import { sshConfigIsOfProject } from '../config/trust.ts';
import type { Command } from '@oclif/core/command';
import type { Config } from '../config/config.ts';
import type { HostKeyQuestion } from '../host/ssh/host-key.ts';
import { BaseCommand } from './base-command.ts';
import { askSecret, confirm } from './confirm.ts';
import type { Context } from './context.ts';
import { globalFlags, targetFlags } from './flags.ts';

/** A command that works on a target: adds the target flags and builds everything a use case needs. */
export abstract class TargetCommand<T extends typeof Command> extends BaseCommand<T> {
  static override baseFlags = { ...globalFlags, ...targetFlags };

  /** Whether a connection in the making is shown; not where stderr belongs to a remote command. */
  protected readonly announcesHosts: boolean = true;

  /** The effective configuration of the target that flags, environment, `.env` and `ops.yaml` name; warnings are shown. */
  protected async loadConfig(): Promise<Config> {
    const { loadConfig } = await import('../config/load.ts');
    const flags: object = this.flags;
    const { config, warnings } = await loadConfig({ cwd: this.cwd, env: this.env, flags });
    for (const text of warnings) this.view.progress({ type: 'note', level: 'warn', text });
    return config;
  }

  /** The composition root: the configuration and all that reaches the outside world. */
  protected async loadContext(): Promise<Context> {
    const config = await this.loadConfig();
    const { sshConnector } = await import('../host/connect.ts');
    const open = sshConnector({
      ssh: config.target.ssh,
      configOfProject: sshConfigIsOfProject(config),
      runId: this.runId,
      env: this.env,
      askPassphrase: async (keyFile) => await askSecret(this.asking, `Passphrase of ${keyFile}:`),
      ...(this.asking.interactive ? { confirmHostKey: async (question) => await this.#trust(question) } : {}),
    });
    return {
      config,
      // Something to read at once: a server that does not answer takes its time.
      connect: async (address, signal) => {
        const { name } = address;
        if (this.announcesHosts)
          this.view.progress({ type: 'status', host: name, text: `Connecting to ${name}` });
        return await open(address, signal);
      },
      clock: this.clock,
      random: this.random,
      runId: this.runId,
      signal: this.signal,
      progress: this.view.progress,
      env: this.env,
      cwd: this.cwd,
    };
  }

  async #trust({ host, type, fingerprint }: HostKeyQuestion): Promise<boolean> {
    const text = `${host} is not known yet. Its ${type} key is ${fingerprint}. Trust it?`;
    return await confirm(this.asking, text);
  }
}
