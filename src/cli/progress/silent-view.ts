import type { ProgressView } from './view.ts';

/** Draws nothing: `--json`. */
export function silentView(): ProgressView {
  return {
    progress: () => {},
    suspend: async (work) => await work(),
    close: async () => {},
  };
}
