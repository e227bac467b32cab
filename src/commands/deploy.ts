import { boolean, string } from '@oclif/core/flags';
import type { Outcome } from '../cli/outcome.ts';
import { RolloutCommand, rolloutFlags } from '../cli/rollout-command.ts';

export default class Deploy extends RolloutCommand<typeof Deploy> {
  static override summary = 'Deploy a commit to a target with zero downtime, and measure that it was zero.';
  static override description = `Fetches and checks out the wanted commit on every host, builds it, runs the release command in the new image, starts new containers beside the old ones, moves traffic when they are healthy, and lets the old ones finish. A release that fails is taken back by itself. All the while requests are sent to the site, and the longest gap is shown.

Nothing on the server is ever discarded: local changes stop the deploy. What cannot be done without downtime is named with the reason and needs --allow-downtime.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> -t production',
    '<%= config.bin %> <%= command.id %> -t staging --ref v1.4.0 --dry-run',
    '<%= config.bin %> <%= command.id %> -t production --yes --json',
  ];
  static override flags = {
    ...rolloutFlags,
    ref: string({
      summary: 'Branch, tag or commit; without it the head of the target’s branch.',
      helpValue: 'REF',
    }),
    strategy: string({
      summary: 'How containers are replaced [env: OPS_STRATEGY].',
      options: ['rolling', 'recreate'],
    }),
    cache: boolean({
      summary: 'Build with the cache; without it every build is a fresh one.',
      allowNo: true,
    }),
    rebuild: boolean({ summary: 'Build every image, also where nothing that it is made of has changed.' }),
    force: boolean({
      summary: 'Also deploy a commit that was rolled back, or move a branch with local commits.',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const context = await this.loadContext();
    const { flags } = this;
    return await this.rollOut(
      context,
      { kind: 'deploy', ref: flags.ref },
      {
        force: flags.force,
        rebuild: flags.rebuild,
        stash: flags.stash,
        allowDowntime: flags['allow-downtime'],
      },
    );
  }
}
