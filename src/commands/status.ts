import type { Outcome } from '../cli/outcome.ts';
import { hostData } from '../cli/reports/host-data.ts';
import { statusReport } from '../cli/reports/status.ts';
import { TargetCommand } from '../cli/target-command.ts';

export default class Status extends TargetCommand<typeof Status> {
  static override summary = 'Show what runs on a target: release, services, health, lock.';
  static override description =
    'Reads every host in one round trip. Nothing is changed, and no lock is needed.';
  static override examples = ['<%= config.bin %> <%= command.id %> -t production'];

  protected override async execute(): Promise<Outcome> {
    const { config, connect, runId, signal } = await this.loadContext();
    const { statusOfTarget } = await import('../observe/status-target.ts');
    const { roundReason, requireSome } = await import('../observe/hosts.ts');
    const hosts = await statusOfTarget(config.target, { connect, nonce: runId, signal });
    requireSome(hosts);
    return {
      reason: roundReason(hosts),
      data: { target: config.target.name, hosts: hosts.map((host) => hostData(host, 'status')) },
      text: () => statusReport(config.target.name, hosts, this.style),
    };
  }
}
