import { boolean, string } from '@oclif/core/flags';

const group = 'SAMPLE APP';

/** Of the measurement on the sample app. */
export const beforeAfterFlags = {
  'before-after': boolean({
    summary: 'Measure the sample app on a sandbox: with eight causes of slowness, and without.',
    helpGroup: group,
    exclusive: ['target', 'host', 'rate', 'connections', 'ramp', 'requests'],
  }),
  'one-at-a-time': boolean({
    summary: 'Each cause mended alone, and brought back alone, too; takes a quarter of an hour.',
    helpGroup: group,
    dependsOn: ['before-after'],
  }),
  page: string({
    summary: 'Write the tables as Markdown.',
    helpValue: 'FILE.md',
    helpGroup: group,
    dependsOn: ['before-after'],
  }),
  'install-engine': boolean({
    summary: 'Install a Docker engine if there is none (Debian and Ubuntu, as root).',
    helpGroup: group,
    dependsOn: ['before-after'],
  }),
};
