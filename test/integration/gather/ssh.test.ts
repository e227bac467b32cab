import { afterAll, beforeAll, describe } from 'vitest';
import { sshConnector } from '../../../src/host/connect.ts';
import type { Host } from '../../../src/host/host.ts';
import { hostFilesCases } from '../../support/host-files-cases.ts';
import { removePrivateDirs, startSshd, type TestSshd } from '../../support/sshd.ts';

let sshd: TestSshd | undefined;
let host: Host;

beforeAll(async () => {
  sshd = await startSshd();
  host = await sshConnector({
    ssh: { configFile: 'none', knownHostsFile: sshd.knownHosts, connectTimeoutMs: 5_000 },
    runId: `run-${process.pid}`,
    env: { PATH: process.env['PATH'] },
  })({ name: 'web', address: '127.0.0.1', port: sshd.port, user: sshd.user, keyFile: sshd.clientKey });
});
afterAll(async () => {
  await host.close();
  await sshd?.stop();
  removePrivateDirs();
});

describe('files of a server over SSH', () => {
  hostFilesCases(() => host);
});
