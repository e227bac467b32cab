import type { Scenario } from '../../bench/scenario.ts';
import { chooseView } from '../progress/view.ts';
import { styleFor } from '../style.ts';
import { createLiveBench, type LiveBench } from './live-bench.ts';
import { showsUnicode } from './sparkline.ts';

/** The live view for this process: on stderr, so that stdout stays clean for the report. */
export function openLiveBench(
  scenario: Scenario,
  {
    json,
    env,
    label,
    through,
  }: {
    json: boolean;
    env: Readonly<Record<string, string | undefined>>;
    label: string;
    through?: string;
  },
): LiveBench {
  const { isTTY } = process.stderr;
  const view = chooseView({ json, isTTY, env });
  return createLiveBench(process.stderr, {
    kind: view === 'listr' ? 'drawn' : view,
    scenario,
    style: styleFor({ isTTY, env }),
    unicode: showsUnicode(env, process.platform),
    now: () => performance.now(),
    label,
    ...(through === undefined ? {} : { through }),
  });
}
