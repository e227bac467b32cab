import { integer } from '@oclif/core/flags';
import type { Outcome } from '../cli/outcome.ts';
import { historyReport } from '../cli/reports/history.ts';
import { hostData } from '../cli/reports/host-data.ts';
import { TargetCommand } from '../cli/target-command.ts';

export default class History extends TargetCommand<typeof History> {
  static override summary = 'List the releases of a target: outcome, duration, measured downtime.';
  static override description =
    'Reads the ledger of every host: what was released when, by whom, how it ended, how long it took, and the longest time without an answer that the probe measured. The ids are what `ops rollback --to` takes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -t production',
    '<%= config.bin %> <%= command.id %> --limit 5 --json',
  ];

  static override flags = {
    limit: integer({
      char: 'n',
      summary: 'Newest releases of each host.',
      min: 1,
      max: 1_000,
      default: 20,
      helpValue: 'N',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { config, connect, runId, signal } = await this.loadContext();
    const { historyOfTarget } = await import('../observe/status-target.ts');
    const { roundReason, requireSome } = await import('../observe/hosts.ts');
    const hosts = await historyOfTarget(config.target, this.flags.limit, { connect, nonce: runId, signal });
    requireSome(hosts);
    return {
      reason: roundReason(hosts),
      data: { target: config.target.name, hosts: hosts.map((host) => hostData(host, 'releases')) },
      text: () => historyReport(config.target.name, hosts, this.style),
    };
  }
}
