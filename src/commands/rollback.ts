import { boolean, string } from '@oclif/core/flags';
import type { Outcome } from '../cli/outcome.ts';
import { RolloutCommand, rolloutFlags } from '../cli/rollout-command.ts';
import type { HostSession } from '../rollout/session.ts';

export default class Rollback extends RolloutCommand<typeof Rollback> {
  static override summary = 'Go back to an earlier release: revert commits, its kept images, zero downtime.';
  static override description = `Reverts every commit since the wanted release (git revert, on the server), makes sure that the tree is that release’s tree again, and rolls to its kept images without a build. The revert commits stay on the server until they are pushed: with --push they are pushed to the remote at once.

The release command (migrations) is not run.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> -t production',
    '<%= config.bin %> <%= command.id %> -t production --to 20261123T155001-1a2b3c4 --push',
  ];
  static override flags = {
    ...rolloutFlags,
    to: string({
      summary:
        'Release to go back to: its id or commit; without it the one before. `ops history` lists them.',
      helpValue: 'RELEASE',
    }),
    push: boolean({ summary: 'Push the revert commits to the remote branch.' }),
    'images-only': boolean({ summary: 'Leave git as it is: only the images of that release come back.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const context = await this.loadContext();
    const { flags } = this;
    const { actor } = await import('../rollout/rollout.ts');
    const { chooseRelease } = await import('../rollout/choose-release.ts');
    const { pushRevert } = await import('../rollout/push-revert.ts');
    const goal = {
      kind: 'rollback' as const,
      choose: ({ facts, name }: HostSession) => chooseRelease(facts.ledger, name, flags.to),
      imagesOnly: flags['images-only'],
      by: actor(context.env),
      at: new Date(context.clock()).toISOString(),
    };
    const options = {
      force: false,
      rebuild: false,
      stash: flags.stash,
      allowDowntime: flags['allow-downtime'],
    };
    return await this.rollOut(context, goal, options, async (prepared, result) =>
      flags['images-only'] || result.reason !== 'ok'
        ? []
        : await pushRevert(context, prepared, result, flags.push),
    );
  }
}
