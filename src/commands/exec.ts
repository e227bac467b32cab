import { integer, string } from '@oclif/core/flags';
import { UsageError } from '../errors.ts';
import { lineWriter } from '../cli/line-writer.ts';
import type { Outcome } from '../cli/outcome.ts';
import { sanitizeLine } from '../cli/sanitize.ts';
import { TargetCommand } from '../cli/target-command.ts';

export default class Exec extends TargetCommand<typeof Exec> {
  static override summary = 'Run a command in a running container of a service.';
  static override description =
    "The exit code is the command's own, as with docker exec, so that scripts can rely on it; what keeps it from running ends with a code of ops's own table (2: wrong use, 3: no connection). Its output is passed on as text, its standard input is empty.";
  static override usage = '<%= command.id %> SERVICE [FLAGS] -- COMMAND…';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend -- python -m shop.seed',
    "<%= config.bin %> <%= command.id %> db --as postgres -- psql -c 'select 1'",
  ];
  static override strict = false;

  static override flags = {
    on: string({ summary: 'Host of the target; default its first.', helpValue: 'HOST' }),
    as: string({ char: 'u', summary: 'User inside the container.', helpValue: 'USER' }),
    index: integer({ summary: 'Which of several containers; default the first.', min: 1, helpValue: 'N' }),
  };

  /** In a pipe, stderr is the command's own. */
  protected override readonly announcesHosts = process.stderr.isTTY;

  #code: number | undefined;

  protected override async execute(): Promise<Outcome> {
    const [service, ...command] = this.words;
    if (service === undefined || command.length === 0)
      throw new UsageError('WRONG_ARGUMENTS', 'A service and a command are needed.', {
        next: ['Write it as: ops exec SERVICE -- COMMAND…'],
      });
    const { config, connect, signal } = await this.loadContext();
    const { target } = config;
    const { execInService } = await import('../observe/exec.ts');
    const { hostNamed } = await import('../observe/hosts.ts');
    const host = await connect(hostNamed(target.hosts, this.flags.on), signal);
    try {
      const out = this.#passOn(process.stdout);
      const err = this.#passOn(process.stderr);
      const result = await execInService(
        host,
        target,
        { service, command, index: this.flags.index, user: this.flags.as },
        {
          signal,
          ...(this.json
            ? {}
            : { onLine: ({ stream, text }) => (stream === 'stdout' ? out(text) : err(text)) }),
        },
      );
      this.#code = result.code ?? 1;
      const { stdout, stderr, truncated } = result;
      return {
        // The word for a command on a host that fails; the number is the command's own.
        reason: this.#code === 0 ? 'ok' : 'unchanged',
        data: {
          exitCode: this.#code,
          target: target.name,
          host: host.name,
          service,
          ...(this.json ? { stdout, stderr, truncated } : {}),
        },
      };
    } finally {
      await host.close();
    }
  }

  override async run(): Promise<void> {
    await super.run();
    if (this.#code !== undefined) process.exitCode = this.#code;
  }

  /** A terminal gets harmless text; a file or a pipe gets what the command wrote. */
  #passOn(stream: NodeJS.WriteStream): (text: string) => void | Promise<void> {
    const write = lineWriter(stream);
    return (text) => write(stream.isTTY ? sanitizeLine(text) : text);
  }
}
