import type { Fact } from './fact.ts';

export interface SystemFact {
  user: string;
  hostname: string;
  cpus: number;
  /** KiB. */
  memory: { totalKb: number; availableKb: number; swapKb: number };
  /** Of the app directory and of Docker's data root (absent where it cannot be seen). */
  disk: { appFreeKb: number; appTotalKb: number; dockerFreeKb?: number; dockerTotalKb?: number };
  /** Seconds since 1970 by the host's clock. */
  now: number;
}

/** The last second that a `Date` can hold. */
const latest = 8_640_000_000_000;

export const system = {
  id: 'system',
  script: () =>
    [
      'echo "user $(id -un)"; echo "hostname $(cat /proc/sys/kernel/hostname 2>/dev/null)"; echo "now $(date +%s)"',
      'echo "cpus $(grep -c ^processor /proc/cpuinfo)"',
      `sed -n -e 's/^MemTotal: */total /p' -e 's/^MemAvailable: */available /p' -e 's/^SwapTotal: */swap /p' /proc/meminfo`,
      `df -Pk . 2>/dev/null | awk 'NR == 2 { print "app", $4, $2 }'`,
      // The engine's settings and the usual place first: asking the engine takes longer than all the rest.
      `root=$(tr -d '\\n' 2>/dev/null </etc/docker/daemon.json | sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\\([^"]*\\)".*/\\1/p')`,
      '[ -n "$root" ] || root=/var/lib/docker; [ -d "$root" ] || root=$(docker info --format "{{.DockerRootDir}}" 2>/dev/null)',
      `[ -z "$root" ] || df -Pk "$root" 2>/dev/null | awk 'NR == 2 { print "docker", $4, $2 }'`,
    ].join('\n'),
  parse({ stdout }): SystemFact {
    const values = new Map(
      stdout
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .map(([key = '', ...rest]) => [key, rest]),
    );
    const text = (key: string): string => values.get(key)?.[0] ?? '';
    // What is no number is as if it were not there: the places that need one say so.
    const number = (key: string, index = 0): number => {
      const value = Number(values.get(key)?.[index] ?? 0);
      return Number.isSafeInteger(value) ? value : 0;
    };
    return {
      user: text('user'),
      hostname: text('hostname'),
      cpus: number('cpus'),
      memory: {
        totalKb: number('total'),
        availableKb: number('available'),
        swapKb: number('swap'),
      },
      disk: {
        appFreeKb: number('app'),
        appTotalKb: number('app', 1),
        ...(values.has('docker')
          ? { dockerFreeKb: number('docker'), dockerTotalKb: number('docker', 1) }
          : {}),
      },
      now: Math.min(number('now'), latest),
    };
  },
} satisfies Fact<'system', SystemFact>;
