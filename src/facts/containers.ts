import { z } from 'zod';
import { dockerSilent, type Fact } from './fact.ts';
import { plainText as text, readJson } from './json.ts';
import { listed, unreadable } from './listing.ts';
import { isContainerId } from './names.ts';

export interface ContainerFact {
  /** 64 hex digits. */
  id: string;
  name: string;
  service: string;
  /** Image id, `sha256:…`. */
  image: string;
  /** Image name that the container was created from. */
  imageName: string;
  /** Compose's hash of the service's configuration. */
  configHash: string;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** `none`: no health check. */
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  /** ISO 8601. */
  startedAt: string;
  exitCode: number;
  oomKilled: boolean;
  /** Restarts by Docker since the container was created. */
  restarts: number;
  /** Docker's restart policy: `no`, `always`, `unless-stopped`, `on-failure`. */
  restartPolicy: string;
  /** IP address by network name. */
  addresses: Readonly<Record<string, string>>;
  /** Published: `{container: 80, host: 8080, address: '0.0.0.0'}`. */
  ports: readonly { container: number; host: number; address: string }[];
  /** Bind mounts: host path and path in the container. */
  binds: readonly { source: string; destination: string }[];
  /** Limits: bytes and CPUs, 0 = none. */
  memoryLimit: number;
  cpuLimit: number;
}

/**
 * Only what ops needs: the environment of containers holds secrets and is never read.
 *
 * Names as Docker's own structures have them, `ID` and `NanoCPUs`, not as its JSON has them: one that Docker knows only
 * from JSON makes it read all of them there, where a container without a health check has no `Health`, and that is an
 * error.
 */
export const inspectFormat = [
  '{"id":{{json .ID}},"name":{{json .Name}},"image":{{json .Image}},"imageName":{{json .Config.Image}}',
  '"labels":{{json .Config.Labels}},"state":{{json .State.Status}},"startedAt":{{json .State.StartedAt}}',
  '"exitCode":{{json .State.ExitCode}},"oomKilled":{{json .State.OOMKilled}},"restarts":{{json .RestartCount}},"restartPolicy":{{json .HostConfig.RestartPolicy.Name}}',
  '"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}"none"{{end}}',
  '"networks":{{json .NetworkSettings.Networks}},"ports":{{json .NetworkSettings.Ports}},"mounts":{{json .Mounts}}',
  '"memory":{{json .HostConfig.Memory}},"nanoCpus":{{json .HostConfig.NanoCPUs}}}',
].join(',');

export const containers = {
  id: 'containers',
  needs: 'listing',
  script: () =>
    [
      listed('j'),
      `case $ops_listed in *"$ops_mark"${unreadable}*) echo ${unreadable} ;; esac`,
      `printf '%s\\n' "$ops_listed" | grep -v "^$ops_mark" >&2`,
      'exit "$ops_listed_code"',
    ].join('\n'),
  parse({ stdout, stderr, code }): readonly ContainerFact[] {
    if (stdout.trim() === unreadable) throw dockerSilent(stderr);
    // A container may vanish between the two commands: inspect then fails for it and prints the others. Any other
    // failure hides containers that are there.
    if (code !== 0 && !/no such (object|container)/i.test(stderr)) throw dockerSilent(stderr);
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => parseContainer(readJson(containerSchema, line)))
      .filter((container) => container.service !== '');
  },
} satisfies Fact<'containers', readonly ContainerFact[]>;

const number = z.number();

/** One line that `inspectFormat` makes. Docker may learn new states; they count as not running. */
const containerSchema = z.object({
  // A word of many a script.
  id: text.refine(isContainerId),
  name: text,
  image: text,
  imageName: text,
  labels: z.record(text, text).nullable(),
  state: text,
  startedAt: text,
  exitCode: number,
  oomKilled: z.boolean(),
  restarts: number,
  restartPolicy: text.optional(),
  health: text,
  networks: z.record(text, z.object({ IPAddress: text.nullish() })).nullable(),
  ports: z.record(text, z.array(z.object({ HostIp: text, HostPort: text })).nullable()).nullable(),
  mounts: z.array(z.object({ Type: text, Source: text, Destination: text })).nullable(),
  memory: number,
  nanoCpus: number,
});

type RawContainer = z.infer<typeof containerSchema>;

function parseContainer(raw: RawContainer): ContainerFact {
  const labels = raw.labels ?? {};
  const oneOff = labels['com.docker.compose.oneoff'] === 'True';
  return {
    id: raw.id,
    name: raw.name.replace(/^\//, ''),
    service: oneOff ? '' : (labels['com.docker.compose.service'] ?? ''),
    image: raw.image,
    imageName: raw.imageName,
    configHash: labels['com.docker.compose.config-hash'] ?? '',
    state: raw.state as ContainerFact['state'],
    health: raw.health as ContainerFact['health'],
    startedAt: raw.startedAt,
    exitCode: raw.exitCode,
    oomKilled: raw.oomKilled,
    restarts: raw.restarts,
    restartPolicy: raw.restartPolicy || 'no',
    addresses: Object.fromEntries(
      Object.entries(raw.networks ?? {})
        .map(([name, network]) => [name, network.IPAddress ?? ''])
        .filter(([, address]) => address !== ''),
    ),
    ports: Object.entries(raw.ports ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map((binding) => ({
        container: Number.parseInt(port, 10),
        host: Number(binding.HostPort),
        address: binding.HostIp,
      })),
    ),
    binds: (raw.mounts ?? [])
      .filter((mount) => mount.Type === 'bind')
      .map((mount) => ({ source: mount.Source, destination: mount.Destination })),
    memoryLimit: raw.memory,
    cpuLimit: raw.nanoCpus / 1e9,
  };
}
