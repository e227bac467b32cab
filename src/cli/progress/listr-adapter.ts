import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  ProcessOutput,
  figures,
  type ListrTask,
} from 'listr2';

/** listr2's own renderer, which can be taken off the screen and put back. */
class StageRenderer extends DefaultRenderer {
  // We have looked at stderr ourselves; listr2 would look at stdout, which may be a file.
  static override nonTTY = true;
  static hidden = false;
  static drawing: StageRenderer | undefined;

  override async render(): Promise<void> {
    StageRenderer.drawing = this;
    await super.render();
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    return StageRenderer.hidden ? '' : super.create(options);
  }
}

export type StageTask = ListrTask<unknown, typeof StageRenderer>;
export type RunningTask = Parameters<StageTask['task']>[1];

/** A task list that draws on one stream, does nothing about signals and never rejects because a task did. */
export interface Display {
  run(): Promise<void>;
  /** Takes the list off the screen; what others write is then seen. */
  hide(): void;
  show(): void;
}

export function display(stream: NodeJS.WriteStream, tasks: readonly StageTask[]): Display {
  const output = new ProcessOutput(stream, stream);
  const listr = new Listr<unknown, typeof StageRenderer>([...tasks], {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: StageRenderer,
    rendererOptions: {
      logger: new ListrLogger({ useIcons: true, processOutput: output }),
      collapseSubtasks: false,
      collapseErrors: false,
      icon: { [ListrDefaultRendererLogLevels.FAILED_WITH_FAILED_SUBTASKS]: figures.cross },
    },
  });
  return {
    run: async () => {
      await listr.run({});
    },
    hide: () => {
      StageRenderer.hidden = true;
      StageRenderer.drawing?.update();
      output.release();
    },
    show: () => {
      output.hijack();
      StageRenderer.hidden = false;
      StageRenderer.drawing?.update();
    },
  };
}
