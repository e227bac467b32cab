import { yesFlag } from '../../cli/flags.ts';
import type { Outcome } from '../../cli/outcome.ts';
import { hostData } from '../../cli/reports/host-data.ts';
import { lost } from '../../cli/reports/status.ts';
import { sanitizeLine } from '../../cli/sanitize.ts';
import { TargetCommand } from '../../cli/target-command.ts';
import { InterruptedError } from '../../errors.ts';

export default class LockRelease extends TargetCommand<typeof LockRelease> {
  static override summary = 'Release the deploy lock of each host, whoever holds it.';
  static override description =
    'For a lock that is left over. A deploy that still runs notices at its next step and stops. A lock whose owner is silent for a minute is taken over by the next deploy by itself.';
  static override examples = ['<%= config.bin %> <%= command.id %> -t production --yes'];
  static override flags = { ...yesFlag };

  protected override async execute(): Promise<Outcome> {
    const { config, connect, signal } = await this.loadContext();
    const { lookAtLock, lockText, forceRelease } = await import('../../rollout/held-lock.ts');
    const { onEachHost, roundReason } = await import('../../observe/hosts.ts');
    const { hosts, appDir } = config.target;
    const results = await onEachHost(hosts, connect, signal, async (host) => {
      const lock = await lookAtLock(host, appDir);
      if (lock.state === 'free') return 'free already';
      if (!(await this.confirmed(`Release the lock of ${host.name}: ${lockText(lock)}?`)))
        throw new InterruptedError('Not confirmed; the lock is as it was.');
      return await forceRelease(host, appDir, lock);
    });
    return {
      reason: roundReason(results),
      data: { target: config.target.name, hosts: results.map((result) => hostData(result, 'result')) },
      text: () =>
        results
          .map((result) =>
            'error' in result
              ? `${sanitizeLine(result.host)}\n${lost(result.error, this.style)}`
              : sanitizeLine(`${result.host}: ${result.value}`),
          )
          .join('\n'),
    };
  }
}
