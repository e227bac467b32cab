import { string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import type { Outcome } from '../../cli/outcome.ts';
import { columns } from '../../cli/reports/table.ts';

export default class SandboxStatus extends BaseCommand<typeof SandboxStatus> {
  static override summary = 'Show the sandboxes of this project: servers, whether they run, addresses.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  static override flags = {
    name: string({ summary: 'Only this sandbox; default all of them.', helpValue: 'NAME' }),
  };

  protected override async execute(): Promise<Outcome> {
    const [{ sandboxStatus }, { sandboxRoot }] = await Promise.all([
      import('../../sandbox/status.ts'),
      import('../../sandbox/root.ts'),
    ]);
    const root = await sandboxRoot(this.cwd, this.env);
    const sandboxes = await sandboxStatus({ root, name: this.flags.name });
    return {
      data: { sandboxes },
      text: () =>
        sandboxes.length === 0
          ? 'No sandbox here. Start one: ops sandbox up'
          : sandboxes
              .map(({ name, seed, hosts }) =>
                [
                  `${this.style('bold', name)} (app: ${seed})`,
                  ...columns(hosts.map((host) => [host.name, this.#state(host.state), host.url])),
                ].join('\n'),
              )
              .join('\n\n'),
    };
  }

  #state(state: string): string {
    return this.style(state === 'running' ? 'green' : 'red', state);
  }
}
