import type { Outcome } from '../../cli/outcome.ts';
import { hostData } from '../../cli/reports/host-data.ts';
import { lost } from '../../cli/reports/status.ts';
import { sanitizeLine } from '../../cli/sanitize.ts';
import { TargetCommand } from '../../cli/target-command.ts';

export default class LockStatus extends TargetCommand<typeof LockStatus> {
  static override summary = 'Show who holds the deploy lock of each host.';
  static override examples = ['<%= config.bin %> <%= command.id %> -t production'];

  protected override async execute(): Promise<Outcome> {
    const { config, connect, signal } = await this.loadContext();
    const { lookAtLock, lockText } = await import('../../rollout/held-lock.ts');
    const { onEachHost, roundReason } = await import('../../observe/hosts.ts');
    const { hosts, appDir } = config.target;
    const results = await onEachHost(hosts, connect, signal, async (host) => await lookAtLock(host, appDir));
    return {
      reason: roundReason(results),
      data: { target: config.target.name, hosts: results.map((result) => hostData(result, 'lock')) },
      text: () =>
        results
          .map((result) => {
            if ('error' in result) return `${sanitizeLine(result.host)}\n${lost(result.error, this.style)}`;
            const text = result.value.state === 'free' ? 'free' : lockText(result.value);
            return sanitizeLine(`${result.host}: ${text}`);
          })
          .join('\n'),
    };
  }
}
