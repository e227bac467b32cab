/** One line of `sampleScript`; counters since the machine or the container was started. */
export interface Sample {
  /** Seconds since the host was started. */
  at: number;
  /** Columns of /proc/stat. */
  machine: readonly number[];
  /** By the number of the container. */
  containers: ReadonlyMap<number, ContainerCounters>;
  /** Ticks by process id, by the number of the container; only in samples that looked at processes. */
  processes: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

export interface ContainerCounters {
  cpuSeconds: number;
  periods: number;
  throttled: number;
  memoryBytes: number;
}

/** @returns undefined for a line that is no sample, or one that was cut off */
export function parseSample(line: string): Sample | undefined {
  const [word, at, ...fields] = line.split(' ');
  if (word !== 'sample' || !(Number(at) > 0)) return undefined;
  let machine: readonly number[] = [];
  const containers = new Map<number, ContainerCounters>();
  const processes = new Map<number, ReadonlyMap<number, number>>();
  for (const field of fields) {
    const [key = '', text = ''] = field.split('=');
    const number = Number(key.slice(1));
    if (key === 'cpu') machine = text.split(',').map(Number);
    else if (key.startsWith('c')) {
      const [us = NaN, periods = NaN, throttled = NaN, bytes = NaN, cache = NaN] = text
        .split(',')
        .map(Number);
      if (Number.isFinite(us + periods + throttled + bytes + cache))
        containers.set(number, {
          cpuSeconds: us / 1e6,
          periods,
          throttled,
          memoryBytes: Math.max(0, bytes - cache),
        });
    } else if (key.startsWith('p')) processes.set(number, ticksOf(text));
  }
  return machine.length < 5 || machine.some((value) => !Number.isFinite(value))
    ? undefined
    : { at: Number(at), machine, containers, processes };
}

function ticksOf(text: string): ReadonlyMap<number, number> {
  return new Map(
    text
      .split(',')
      .map((pair): [number, number] => {
        const [pid, ticks] = pair.split(':').map(Number);
        return [pid ?? NaN, ticks ?? NaN];
      })
      .filter(([pid, ticks]) => pid > 0 && Number.isFinite(ticks)),
  );
}
