import type { Target } from '../config/config.ts';
import type { FactScope } from '../facts/fact.ts';
import { composeFlags } from '../shell/compose.ts';

/** What the facts of a target depend on. */
export function factScope(target: Target): FactScope {
  return {
    appDir: target.appDir,
    composeFlags: composeFlags(target.compose),
    remote: target.remote,
    branch: target.branch,
    ...(target.services.proxy === undefined ? {} : { proxy: target.services.proxy }),
  };
}
