import type { StageName } from '../../plan/step.ts';

/** Headings of the stages. */
export const stageTitles: Readonly<Record<StageName, string>> = {
  prepare: 'Prepare',
  build: 'Build',
  release: 'Release command',
  roll: 'Move traffic',
  verify: 'Verify',
  finish: 'Finish',
  restore: 'Put the previous release back',
};
