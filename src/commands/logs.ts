import { boolean, integer, string } from '@oclif/core/flags';
import { InterruptedError, type OpsError } from '../errors.ts';
import { lineWriter } from '../cli/line-writer.ts';
import type { Outcome } from '../cli/outcome.ts';
import { hostData } from '../cli/reports/host-data.ts';
import { logPainter } from '../cli/reports/logs.ts';
import { TargetCommand } from '../cli/target-command.ts';
import type { LogLine } from '../observe/logs.ts';

export default class Logs extends TargetCommand<typeof Logs> {
  static override summary = 'Show the logs of services, from every host of a target.';
  static override description =
    'Escape sequences in the logs are removed. With --follow, Ctrl+C ends with exit code 0, or with that of a host that could not be read any more: which one is said at once, and the others go on.\n\n--grep takes a JavaScript regular expression and is matched here, in linear time, against the text behind the name of the container.';
  static override usage = '<%= command.id %> [SERVICE…] [FLAGS]';
  static override examples = [
    '<%= config.bin %> <%= command.id %> backend -f',
    "<%= config.bin %> <%= command.id %> --since 1h --grep 'ERROR|Traceback'",
  ];
  static override strict = false;

  static override flags = {
    follow: boolean({ char: 'f', summary: 'Go on until Ctrl+C.', exclusive: ['json'] }),
    since: string({ summary: 'Not older than this: 10m, 2h, or a time stamp.', helpValue: 'TIME' }),
    tail: integer({
      summary: 'Last lines of each container; default 100, without limit with --since.',
      min: 0,
      helpValue: 'N',
    }),
    grep: string({ char: 'g', summary: 'Only lines that match this regular expression.', helpValue: 'RE' }),
    timestamps: boolean({ summary: 'Show when each line was written.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { lineFilter } = await import('../observe/line-filter.ts');
    const { follow, since, tail, grep, timestamps } = this.flags;
    const wanted = grep === undefined ? () => true : lineFilter(grep);
    const { config, connect, signal } = await this.loadContext();
    const { target } = config;
    const { readLogs } = await import('../observe/logs.ts');
    const { failures, onEachHost, roundReason } = await import('../observe/hosts.ts');
    const write = lineWriter(process.stdout);
    const paint = logPainter(this.style, target.hosts.length > 1);
    const collected: LogLine[] = [];
    const onLine = (line: LogLine): void | Promise<void> => {
      if (!wanted(line.text)) return undefined;
      if (!this.json) return write(paint(line));
      collected.push(line);
      return undefined;
    };
    const options = {
      services: this.words,
      follow,
      since,
      tail: tail ?? (since === undefined ? 100 : undefined),
      timestamps,
    };
    const failed: OpsError[] = [];
    const onFailure = (host: string, error: OpsError): void => {
      failed.push(error);
      // The whole of it is shown at the end, which may be hours away while other hosts are followed.
      if (follow && target.hosts.length > 1)
        this.view.progress({ type: 'note', host, level: 'error', text: error.message });
    };
    try {
      const hosts = await onEachHost(
        target.hosts,
        connect,
        signal,
        async (host) => {
          await readLogs(host, target, options, onLine, signal);
        },
        onFailure,
      );
      const errors = failures(hosts);
      if (errors.length > 0 && !this.json) throw new AggregateError(errors);
      return {
        reason: roundReason(hosts),
        data: { target: target.name, hosts: hosts.map((host) => hostData(host, 'read')), lines: collected },
      };
    } catch (error) {
      if (!(follow && signal.aborted && error instanceof InterruptedError)) throw error;
      if (failed.length > 0) throw new AggregateError(failed, undefined, { cause: error });
      return { data: {} };
    }
  }
}
