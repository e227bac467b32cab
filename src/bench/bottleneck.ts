import type { BenchResult, ServiceFigures } from './result.ts';

/** Of a limit, from which on it is taken as reached: counters are averages over the run, ramps and pauses included. */
const nearly = 0.9;
const nearlyMemory = 0.95;
/** Of its periods: a service that is throttled now and then has peaks, one that is throttled this often is held back. */
const oftenThrottled = 0.1;
/** Of all requests. */
const manyLimited = 0.05;
/** CPUs: a process beyond it runs several threads at a time. */
const oneCore = 1.1;
/** Milliseconds, or a share of the median latency: beyond it the times of sending were not those that were asked for. */
const lateMs = 10;
const lateShare = 0.1;

/**
 * What held a site back, in one or two sentences with the figures, the strongest evidence first; undefined: nothing
 * stands out. It names what was at a limit while the run went on, which is where to look first, and no proof: only
 * raising the limit and measuring again is one.
 */
export function bottleneck(result: BenchResult): string | undefined {
  const [first, second] = [
    ...ofGenerator(result),
    ...ofRateLimit(result),
    ...ofMemory(result),
    ...ofConnections(result),
    ...ofCpu(result),
  ];
  return first === undefined ? undefined : second === undefined ? first : `${first} ${second}`;
}

function ofGenerator({ generator, server, total }: BenchResult): string[] {
  const { lagP99, dropped, cpu } = generator;
  const late = lagP99 > Math.max(lateMs, lateShare * total.latency.p50);
  if (cpu >= nearly && late)
    return [
      `The generator itself: it used ${cpus(cpu)} and sent 1 % of the requests ${ms(lagP99)} late or later, so the site may be faster than this.`,
    ];
  if (late)
    return [
      `The generator was late: 1 % of the requests were sent ${ms(lagP99)} or more after their time${server?.shared === true ? '; it may share the CPUs with the server' : ''}.`,
    ];
  if (cpu >= nearly && dropped === 0)
    return [`The generator used ${cpus(cpu)}, all that one process has: the site may be faster than this.`];
  return [];
}

function ofRateLimit({ total }: BenchResult): string[] {
  const share = total.sent > 0 ? total.limited / total.sent : 0;
  return share < manyLimited
    ? []
    : [
        `A rate limit: ${percent(share)} of the requests were answered 429, so the rate is that of the limit, not what the site can do.`,
      ];
}

function ofMemory({ server }: BenchResult): string[] {
  return each(server?.services).flatMap(([name, { memoryBytes, memoryLimitBytes }]) =>
    memoryLimitBytes !== undefined && memoryBytes >= nearlyMemory * memoryLimitBytes
      ? [
          `${name} was at its memory limit: ${size(memoryBytes)} of ${size(memoryLimitBytes)}; there the kernel reclaims memory all the time, or ends processes.`,
        ]
      : [],
  );
}

function ofConnections({ server }: BenchResult): string[] {
  const connections = server?.databaseConnections;
  if (!connections || connections.max < nearly * connections.limit) return [];
  const { max, mean, limit } = connections;
  return [
    `Database connections: up to ${max} of ${limit} were in use (${Math.round(mean)} on average)${max >= limit ? ', so new ones were refused' : ''}.`,
  ];
}

function ofCpu({ server }: BenchResult): string[] {
  if (!server) return [];
  const services = each(server.services);
  const limited = services.flatMap(([name, figures]) => ofService(name, figures));
  const single = services.flatMap(([name, { busiestProcess = 0, cpu }]) =>
    // A service with several busy processes is not held back by one of them.
    busiestProcess >= nearly &&
    busiestProcess <= oneCore &&
    busiestProcess >= cpu * 0.6 &&
    !limited.some(({ service }) => service === name)
      ? [
          `One process of ${name} used ${cpus(busiestProcess)} of the ${cpus(cpu)} of the service: a process that runs one thread at a time cannot use more than one.`,
        ]
      : [],
  );
  const sentences = [...limited.map(({ text }) => text), ...single];
  const machine =
    server.cpuShare < nearly
      ? []
      : [
          `The whole machine: ${percent(server.cpuShare)} of its ${cpus(server.cpus)} ${server.cpus === 1 ? 'was' : 'were'} in use${busiest(services)}${server.shared === true ? ', together with all else that runs on it, perhaps the generator too' : ''}.`,
        ];
  // A full machine is why nobody gets more; a limit below it is the nearer cause.
  return limited.length > 0 ? [...sentences, ...machine] : [...machine, ...sentences];
}

function ofService(
  name: string,
  { cpu, cpuLimit, throttled = 0 }: ServiceFigures,
): { service: string; text: string }[] {
  if (cpuLimit === undefined) return [];
  const held = `throttled in ${percent(throttled)} of its periods`;
  if (cpu >= nearly * cpuLimit)
    return [
      {
        service: name,
        text: `${name} was at its CPU limit: ${cpus(cpu)} of ${plain(cpuLimit)}${throttled >= 0.005 ? `, ${held}` : ''}.`,
      },
    ];
  return throttled < oftenThrottled
    ? []
    : [
        {
          service: name,
          text: `${name} was ${held}: its CPU limit of ${plain(cpuLimit)} held it back in bursts, though it used ${cpus(cpu)} on average.`,
        },
      ];
}

/** `, most by backend (1.4 CPUs)`. */
function busiest(services: readonly [string, ServiceFigures][]): string {
  const [top] = services.toSorted(([, one], [, other]) => other.cpu - one.cpu);
  return top === undefined || top[1].cpu < 0.1 ? '' : `, ${cpus(top[1].cpu)} of them by ${top[0]}`;
}

function each(
  services: Readonly<Record<string, ServiceFigures>> | undefined,
): readonly [string, ServiceFigures][] {
  return Object.entries(services ?? {});
}

function plain(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function cpus(value: number): string {
  const text = plain(value);
  return `${text} ${text === '1' ? 'CPU' : 'CPUs'}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

/** `1.5 GiB`, `256 MiB`. */
function size(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.round(mib)} MiB`;
}
