import { boolean, integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import type { Outcome } from '../../cli/outcome.ts';
import { columns } from '../../cli/reports/table.ts';

export default class SandboxUp extends BaseCommand<typeof SandboxUp> {
  static override summary =
    'Start throw-away servers in Docker, with a sample app in git, ready to deploy to.';
  static override description =
    'Each server is a container with its own sshd and Docker engine; its ports are open on the loopback address only. Again, it starts and completes what is there. The target is called like the sandbox: `ops deploy -t sandbox`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --hosts 2 --name pair',
    '<%= config.bin %> <%= command.id %> --variant before --name slow',
  ];

  static override flags = {
    name: string({
      summary: 'Name of the sandbox and of its target.',
      default: 'sandbox',
      helpValue: 'NAME',
    }),
    hosts: integer({ summary: 'Number of servers.', default: 1, min: 1, max: 8, helpValue: 'N' }),
    variant: string({
      summary: 'The sample app as it should be, or with eight causes of slowness.',
      options: ['after', 'before'] as const,
    }),
    app: string({
      summary: 'Put the files of this directory into the git origin, instead of the sample app.',
      helpValue: 'DIRECTORY',
      exclusive: ['variant'],
    }),
    'install-engine': boolean({
      summary: 'Install and start Docker where there is none (Debian and Ubuntu, as root).',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { name, hosts, app } = this.flags;
    const variant = this.flags.variant as 'after' | 'before' | undefined;
    this.view.progress({ type: 'status', host: name, text: 'Looking at what is there' });
    const [{ sandboxUp }, { sandboxRoot }] = await Promise.all([
      import('../../sandbox/up.ts'),
      import('../../sandbox/root.ts'),
    ]);
    const root = await sandboxRoot(this.cwd, this.env);
    const options = { root, name, hosts, variant, app, installEngine: this.flags['install-engine'] };
    const state = await sandboxUp({ ...options, cwd: this.cwd, signal: this.signal }, this.view.progress);
    return {
      data: { sandbox: state },
      text: () =>
        [
          ...columns(
            state.hosts.map((host) => [
              host.name,
              `http://127.0.0.1:${host.httpPort}`,
              this.style('dim', `ops sandbox ssh ${host.name}${name === 'sandbox' ? '' : ` --name ${name}`}`),
            ]),
          ),
          '',
          `Next: ops deploy -t ${name}`,
        ].join('\n'),
    };
  }
}
