import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import type { Outcome } from '../../cli/outcome.ts';

export default class SandboxDown extends BaseCommand<typeof SandboxDown> {
  static override summary = 'Remove a sandbox: servers, volumes, network, keys, target file.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all',
  ];

  static override flags = {
    name: string({ summary: 'Name of the sandbox.', default: 'sandbox', helpValue: 'NAME' }),
    all: boolean({
      summary:
        'Every sandbox of this machine, the images made for them, and a Docker engine that was started for them.',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const [{ sandboxDown }, { sandboxRoot }] = await Promise.all([
      import('../../sandbox/down.ts'),
      import('../../sandbox/root.ts'),
    ]);
    const root = await sandboxRoot(this.cwd, this.env);
    const { name, all } = this.flags;
    const { removed, engineStopped, installed } = await sandboxDown({ root, name, all }, this.view.progress);
    return {
      data: { removed, engineStopped, installed },
      text: () =>
        [
          removed.length === 0 ? 'No servers were there.' : `Removed: ${removed.join(', ')}.`,
          ...(installed.length === 0
            ? []
            : [
                `Installed for it, and still here: ${installed.join(', ')}. To remove: apt-get remove ${installed.join(' ')}`,
              ]),
        ].join('\n'),
    };
  }
}
