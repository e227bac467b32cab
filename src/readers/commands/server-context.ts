import type { Span } from '../../source/span.ts';
import type { ContainerFiles } from '../container-files.ts';
import type { Environment, RawSetting } from './settings.ts';
import type { SettingName } from './specs.ts';

/** What a server's settings are read from. */
export interface ServerContext {
  files: ContainerFiles;
  environment: Environment;
  workdir: string;
  /** Where the command is written. */
  at: Span;
  /** Gathers what could not be read. */
  unknown: string[];
}

/** Undefined: it is set nowhere, the server's default holds. */
export type SettingReader = (name: SettingName) => RawSetting | undefined;
