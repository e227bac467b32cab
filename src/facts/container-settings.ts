import { z } from 'zod';
import { quote, words } from '../shell/quote.ts';
import type { Fact } from './fact.ts';
import { plainText as text, readJson } from './json.ts';

export interface ContainerSettings {
  logDriver: string;
  logMaxSize?: string;
  logMaxFile?: string;
  /** Soft limit of open files of its main process, else what was set for the container; undefined: neither can be seen. */
  nofile?: number;
  /** 0: none. */
  pidsLimit: number;
  /** CPUs by quota, 0: none. */
  cpuLimit: number;
  /** CPUs that it is pinned to; undefined: all. */
  cpuSet?: number;
}

/** By container id. */
export type ContainerSettingsFact = Readonly<Record<string, ContainerSettings>>;

/** Only what is named: the options of log drivers may hold tokens. */
const format = [
  '{"id":{{json .Id}},"driver":{{json .HostConfig.LogConfig.Type}}',
  '"maxSize":{{json (index .HostConfig.LogConfig.Config "max-size")}},"maxFile":{{json (index .HostConfig.LogConfig.Config "max-file")}}',
  '"ulimits":{{json .HostConfig.Ulimits}},"pids":{{json .HostConfig.PidsLimit}}',
  '"nano":{{json .HostConfig.NanoCpus}},"quota":{{json .HostConfig.CpuQuota}},"period":{{json .HostConfig.CpuPeriod}},"cpuset":{{json .HostConfig.CpusetCpus}}}',
].join(',');

const number = z.number();

const settingsSchema = z.object({
  id: text,
  driver: text,
  maxSize: text.nullable(),
  maxFile: text.nullable(),
  ulimits: z.array(z.object({ Name: text, Soft: number })).nullable(),
  pids: number.nullable(),
  nano: number,
  quota: number,
  period: number,
  cpuset: text,
});

type Raw = z.infer<typeof settingsSchema>;

/**
 * Settings of containers that other facts do not have.
 *
 * @param containers full ids
 */
export function containerSettings(
  containers: readonly string[],
): Fact<'container-settings', ContainerSettingsFact> {
  return {
    id: 'container-settings',
    script: () =>
      containers.length === 0
        ? ':'
        : [
            `docker inspect --format ${quote(format)} ${words(...containers)}`,
            `docker inspect --format '{{.ID}} {{.State.Pid}}' ${words(...containers)} | while read -r id pid; do`,
            '  [ "${pid:-0}" -gt 0 ] || continue',
            `  sed -n "s/^Max open files *\\([0-9a-z]*\\) .*/nofile $id \\1/p" "/proc/$pid/limits" 2>/dev/null`,
            'done',
            ':',
          ].join('\n'),
    parse({ stdout }): ContainerSettingsFact {
      const lines = stdout.split('\n');
      const nofile = new Map(
        lines
          .filter((line) => line.startsWith('nofile '))
          .map((line) => line.split(' '))
          .map(([, id = '', limit = '']) => [id, Number(limit)]),
      );
      return Object.fromEntries(
        lines
          .filter((line) => line.startsWith('{'))
          .map((line) => readJson(settingsSchema, line))
          .map((raw) => [raw.id, settingsOf(raw, nofile.get(raw.id))]),
      );
    },
  };
}

function settingsOf(raw: Raw, effective: number | undefined): ContainerSettings {
  const set = raw.ulimits?.find(({ Name }) => Name === 'nofile')?.Soft;
  const nofile = effective !== undefined && Number.isFinite(effective) ? effective : set;
  const cpuSet = cpusOf(raw.cpuset);
  return {
    logDriver: raw.driver,
    ...(raw.maxSize ? { logMaxSize: raw.maxSize } : {}),
    ...(raw.maxFile ? { logMaxFile: raw.maxFile } : {}),
    ...(nofile === undefined ? {} : { nofile }),
    pidsLimit: Math.max(0, raw.pids ?? 0),
    cpuLimit: raw.nano > 0 ? raw.nano / 1e9 : raw.quota > 0 ? raw.quota / (raw.period || 100_000) : 0,
    ...(cpuSet === undefined ? {} : { cpuSet }),
  };
}

/** `0-2,4` are four. */
function cpusOf(list: string): number | undefined {
  if (list === '') return undefined;
  let count = 0;
  for (const part of list.split(',')) {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    count += last - first + 1;
  }
  return Number.isFinite(count) ? count : undefined;
}
