import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { expandHome } from './paths.ts';
import type { ClientSettings, Directives, Endpoint } from './settings.ts';
import { abbreviateHome, defaultSettings, parseDirectives, splitWords, toSettings } from './settings.ts';
import type { ReadSettings } from './resolve.ts';

/** Where the SSH client configuration is read from. */
export interface ClientConfigContext {
  /** `ssh -F`; `none` reads no configuration. */
  configFile?: string;
  env: NodeJS.ProcessEnv;
  /** Home of the account, as ssh sees it: from the user database, not from $HOME. */
  home: string;
  localUser: string;
  platform: NodeJS.Platform;
  /** Longest wait for ssh. */
  timeoutMs: number;
  /** `Match exec` may run its command: the file is the operator's own. Without it ssh is not asked. */
  runsCommands: boolean;
}

function askSsh(endpoint: Endpoint, context: ClientConfigContext): Promise<string | undefined> {
  const args = [
    '-G',
    ...(context.configFile === undefined ? [] : ['-F', context.configFile]),
    ...(endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]),
    ...(endpoint.user === undefined ? [] : ['-l', endpoint.user]),
    '--',
    endpoint.address,
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(
      'ssh',
      args,
      {
        env: context.env,
        timeout: context.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 4 << 20,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (!error) return resolve(stdout);
        // No ssh on this machine, or none that may be run: the configuration is read without it.
        if (error.code === 'ENOENT' || error.code === 'EACCES') return resolve(undefined);
        const what = error.killed
          ? `did not answer within ${context.timeoutMs / 1000} s (a \`Match exec\` that hangs?)`
          : `was refused by ssh: ${stderr.trim().split('\n').slice(-2).join(' ') || error.message}`;
        return reject(
          new UsageError(
            'SSH_CONFIG_INVALID',
            `The SSH client configuration for ${endpoint.address} ${what}.`,
            {
              next: [
                `Try \`ssh ${args.join(' ')}\`.`,
                'Set `ssh.config_file` (OPS_SSH_CONFIG) to another file, or to `none`.',
              ],
            },
          ),
        );
      },
    );
    child.stdin?.end();
  });
}

type SshConfigModule = typeof import('ssh-config');

/** Reads a configuration file and puts included files where their `Include` stands. */
async function flatten(
  file: string,
  endpoint: Endpoint,
  context: ClientConfigContext,
  { default: SSHConfig }: SshConfigModule,
  required: boolean,
  depth = 0,
): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!required) return '';
    throw new UsageError('SSH_CONFIG_INVALID', `The SSH client configuration ${file} cannot be read.`, {
      place: { file },
      cause: error,
    });
  }
  // As deep as OpenSSH goes; a file that includes itself ends here.
  if (depth > 16) return '';
  const lines: string[] = [];
  let block = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(host|match)[\s=]/i.test(line)) block = line;
    const include = /^\s*include(?:\s+|\s*=\s*)(.+)$/i.exec(line);
    if (include?.[1] === undefined) {
      lines.push(line);
      continue;
    }
    // An Include inside a block counts only when the block does.
    const applies =
      block === '' || Object.hasOwn(compute(SSHConfig, `${block}\nTag included`, endpoint), 'tag');
    if (!applies) continue;
    for (const pattern of splitWords(include[1])) {
      const path = expandHome(pattern, context);
      // Relative names are meant from ~/.ssh in the user's files, from /etc/ssh in the system's.
      const base = file.startsWith('/etc/') ? dirname(file) : join(context.home, '.ssh');
      const absolute = isAbsolute(path) ? path : join(base, path);
      const matches = /[*?[]/.test(absolute) ? globSync(absolute).sort() : [absolute];
      for (const match of matches) {
        lines.push(
          await flatten(
            match,
            endpoint,
            context,
            { default: SSHConfig } as SshConfigModule,
            false,
            depth + 1,
          ),
        );
      }
    }
    lines.push(block === '' ? 'Host *' : block);
  }
  return lines.join('\n');
}

function compute(
  SSHConfig: SshConfigModule['default'],
  text: string,
  endpoint: Endpoint,
): Record<string, string | string[]> {
  const options = { ignoreCase: true, matchExec: false };
  const config = SSHConfig.parse(text);
  return endpoint.user === undefined
    ? config.compute(endpoint.address, options)
    : config.compute({ Host: endpoint.address, User: endpoint.user }, options);
}

async function readDirectives(endpoint: Endpoint, context: ClientConfigContext): Promise<Directives> {
  if (context.configFile?.toLowerCase() === 'none') return new Map();
  const module = await import('ssh-config');
  const programData = context.env['ProgramData'] ?? String.raw`C:\ProgramData`;
  const system = context.platform === 'win32' ? `${programData}\\ssh\\ssh_config` : '/etc/ssh/ssh_config';
  const files =
    context.configFile === undefined
      ? [
          { file: join(context.home, '.ssh', 'config'), required: false },
          { file: system, required: false },
        ]
      : [{ file: context.configFile, required: true }];
  const texts: string[] = [];
  for (const { file, required } of files) {
    texts.push(await flatten(file, endpoint, context, module, required));
  }
  // `Host *` ends the last block of the user's file before the system's begins.
  const values = compute(module.default, texts.join('\nHost *\n'), endpoint);
  const directives = new Map<string, string[]>();
  for (const [name, value] of Object.entries(values)) {
    const all = Array.isArray(value) ? value : [value];
    // Lists of files are words of one directive in `ssh -G`, and so they are here.
    directives.set(
      name,
      name.endsWith('knownhostsfile')
        ? [all.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')]
        : all,
    );
  }
  return directives;
}

/**
 * The effective SSH client settings of an endpoint: from `ssh -G`, which knows every rule of ssh_config(5);
 * where there is no ssh, or its commands are not to be run, from the configuration files themselves (with Include;
 * `Match exec` never runs).
 */
export function clientConfigReader(context: ClientConfigContext): ReadSettings {
  return async (endpoint): Promise<ClientSettings> => {
    const defaults = defaultSettings(
      endpoint,
      context.localUser,
      context.platform,
      context.env['ProgramData'],
    );
    const answer = context.runsCommands ? await askSsh(endpoint, context) : undefined;
    if (answer !== undefined) {
      return toSettings(parseDirectives(abbreviateHome(answer, context.home)), defaults);
    }
    const settings = toSettings(await readDirectives(endpoint, context), defaults);
    return {
      ...settings,
      hostname: settings.hostname.replaceAll('%h', endpoint.address).replaceAll('%%', '%'),
      user: endpoint.user ?? settings.user,
      port: endpoint.port ?? settings.port,
    };
  };
}
