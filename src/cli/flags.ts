import { boolean, string, integer } from '@oclif/core/flags';

const global = 'GLOBAL';
const server = 'TARGET';

/** On every command. */
export const globalFlags = {
  json: boolean({ summary: 'Print one JSON object on stdout and nothing else.', helpGroup: global }),
  verbose: boolean({ char: 'v', summary: 'Show the output of every step.', helpGroup: global }),
};

/** On every command that works on a target; each overrides the environment, `.env` and `ops.yaml`. */
export const targetFlags = {
  target: string({
    char: 't',
    summary: 'Target of ops.yaml to work on [env: OPS_TARGET].',
    helpValue: 'NAME',
    helpGroup: server,
  }),
  host: string({
    summary: 'Server address, or alias of ~/.ssh/config [env: OPS_HOST].',
    helpValue: 'ADDRESS',
    helpGroup: server,
  }),
  port: integer({
    summary: 'SSH port [env: OPS_PORT].',
    min: 1,
    max: 65_535,
    helpGroup: server,
    helpValue: 'PORT',
  }),
  user: string({ summary: 'SSH user [env: OPS_USER].', helpValue: 'NAME', helpGroup: server }),
  'ssh-key': string({
    summary: 'Private key file [env: OPS_SSH_KEY].',
    helpValue: 'FILE',
    helpGroup: server,
  }),
  'host-key': string({
    summary: 'Trust exactly this host key fingerprint [env: OPS_HOST_KEY].',
    helpValue: 'SHA256:…',
    helpGroup: server,
  }),
  'app-dir': string({
    summary: 'Directory of the app on the server [env: OPS_APP_DIR].',
    helpValue: 'PATH',
    helpGroup: server,
  }),
  branch: string({
    summary: 'Branch that is deployed [env: OPS_BRANCH].',
    helpValue: 'NAME',
    helpGroup: server,
  }),
  'compose-file': string({
    summary: 'Compose file, relative to the app directory; may be repeated [env: OPS_COMPOSE_FILE].',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: server,
  }),
  url: string({
    summary: 'Public base URL of the site [env: OPS_URL].',
    helpValue: 'URL',
    helpGroup: server,
  }),
};

/** On commands that change something that matters. */
export const yesFlag = {
  yes: boolean({ char: 'y', summary: 'Do not ask; needed where there is no terminal.' }),
};
