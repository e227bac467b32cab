import type { ProgressView } from './view.ts';

/** Draws nothing: `--json`. */
export function silentView(): ProgressView {
  return {
    progress: () => {},
    showedFailure: false,
    suspend: async (work) => await work(),
    close: async () => {},
  };
}
