/** What the server prints of a container of the service `web` that runs and publishes nothing, as one line of JSON. */
export function containerLine(id: string): string {
  return JSON.stringify({
    id,
    name: '/shop-web-1',
    image: 'sha256:a',
    imageName: 'shop-web',
    labels: { 'com.docker.compose.service': 'web' },
    state: 'running',
    startedAt: '2026-11-23T10:00:00Z',
    exitCode: 0,
    oomKilled: false,
    restarts: 0,
    health: 'none',
    networks: {},
    ports: {},
    mounts: [],
    memory: 0,
    nanoCpus: 0,
  });
}
