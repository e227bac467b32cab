import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import type { Outcome } from '../../cli/outcome.ts';

export default class SandboxSsh extends BaseCommand<typeof SandboxSsh> {
  static override summary = 'Log in to a server of a sandbox, or run a command on it.';
  static override description =
    "Calls ssh with the sandbox's own key and known_hosts. The exit code is the command's own. With --json, the output is collected; without a command, only the call of ssh is shown.";
  static override usage = '<%= command.id %> [HOST] [FLAGS] [-- COMMAND…]';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> sandbox-2 -- docker ps',
  ];
  static override strict = false;

  static override flags = {
    name: string({ summary: 'Name of the sandbox.', default: 'sandbox', helpValue: 'NAME' }),
  };

  #code: number | undefined;

  protected override async execute(): Promise<Outcome> {
    const [{ requireSandbox }, { sandboxHost, sshWords, runSsh }, { sandboxRoot }] = await Promise.all([
      import('../../sandbox/state.ts'),
      import('../../sandbox/ssh.ts'),
      import('../../sandbox/root.ts'),
    ]);
    const state = requireSandbox(await sandboxRoot(this.cwd, this.env), this.flags.name);
    const { host: name, command } = this.#words();
    const host = sandboxHost(state, name);
    const words = sshWords(state, host, command);
    if (this.json && command.length === 0) return { data: { host: host.name, call: ['ssh', ...words] } };
    await this.view.close();
    const { code, stdout, stderr } = await runSsh(words, { collect: this.json, signal: this.signal });
    this.#code = code;
    return {
      data: { ok: code === 0, exitCode: code, host: host.name, ...(this.json ? { stdout, stderr } : {}) },
    };
  }

  override async run(): Promise<void> {
    await super.run();
    if (this.#code !== undefined) process.exitCode = this.#code;
  }

  /** What stands before `--` is the server, what stands behind it the command. */
  #words(): { host: string | undefined; command: readonly string[] } {
    const end = this.argv.indexOf('--');
    const command = end === -1 ? [] : this.argv.slice(end + 1);
    const before = this.words.slice(0, this.words.length - command.length);
    return { host: before[0], command };
  }
}
