import { serverCalls } from '../python/names.ts';
import type { PythonCall, PythonModule } from '../python/settings.ts';
import type { ServerContext, SettingReader } from './server-context.ts';
import { evaluated } from './settings.ts';
import type { SettingName } from './specs.ts';

/** The call that starts a server when a file is run: under `if __name__ == "__main__"` before any other. */
export function serverCall(module: PythonModule | undefined): PythonCall | undefined {
  const calls = module?.calls.filter(({ name }) => serverCalls.includes(name)) ?? [];
  return calls.findLast(({ inMain }) => inMain) ?? calls.at(-1);
}

const keywords: Partial<Record<SettingName, readonly string[]>> = {
  workers: ['workers'],
  keepAlive: ['timeout_keep_alive', 'keepalive_timeout'],
  gracefulTimeout: ['timeout_graceful_shutdown'],
  reload: ['reload', 'use_reloader'],
  threads: ['threads'],
};

/** Settings that the code itself gives its server. */
export function codeSettings(call: PythonCall, { environment }: ServerContext): SettingReader {
  return (name) => {
    for (const keyword of keywords[name] ?? []) {
      const value = call.keywords.get(keyword);
      if (value && value.kind !== 'none')
        return evaluated({ value, source: { at: value.at, by: 'code' } }, environment);
    }
    // Flask's debug mode has the reloader on.
    const debug = call.name.endsWith('.run') && name === 'reload' ? call.keywords.get('debug') : undefined;
    return debug && call.name.startsWith('flask')
      ? evaluated({ value: debug, source: { at: debug.at, by: 'code' } }, environment)
      : undefined;
  };
}
