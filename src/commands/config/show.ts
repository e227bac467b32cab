import type { Outcome } from '../../cli/outcome.ts';
import { columns } from '../../cli/reports/table.ts';
import { TargetCommand } from '../../cli/target-command.ts';

export default class ConfigShow extends TargetCommand<typeof ConfigShow> {
  static override summary = 'Show the effective configuration, and where each value came from.';
  static override description =
    'Flags win over the environment, that over `.env`, that over `ops.yaml`, and that over the defaults. Secrets are redacted. No server is asked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> -t production',
    'OPS_BRANCH=next <%= config.bin %> <%= command.id %> --json',
  ];

  protected override async execute(): Promise<Outcome> {
    const config = await this.loadConfig();
    const { showConfig, sourceText } = await import('../../config/show.ts');
    const settings = showConfig(config);
    const { root, target } = config;
    return {
      data: { target: target.name, root, settings },
      text: () =>
        [
          `${this.style('bold', target.name)}  ${this.style('dim', root)}`,
          '',
          ...columns(
            settings.map((row) => [
              row.key,
              row.text === '' ? '(none)' : row.text,
              this.style('dim', sourceText(row)),
            ]),
          ),
        ].join('\n'),
    };
  }
}
