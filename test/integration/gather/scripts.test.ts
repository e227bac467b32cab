import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { containerSettings } from '../../../src/facts/container-settings.ts';
import type { Fact } from '../../../src/facts/fact.ts';
import { gather } from '../../../src/facts/gather.ts';
import { logLines } from '../../../src/facts/log-lines.ts';
import { nginx } from '../../../src/facts/nginx.ts';
import { postgresSettings } from '../../../src/facts/postgres-settings.ts';
import { processMemory } from '../../../src/facts/process-memory.ts';
import { logPatterns } from '../../../src/gather/log-patterns.ts';
import { shHost } from '../../support/sh-host.ts';
import { privateDir, removePrivateDirs } from '../../support/sshd.ts';

const one = '1'.repeat(64);
const two = '2'.repeat(64);
const scope = { appDir: '/', composeFlags: '', remote: 'origin', branch: 'main' };

afterAll(removePrivateDirs);

/** Runs a fact's script on this machine, with a `docker` that is the given shell code. */
async function read<Value>(fact: Fact<string, Value>, docker: string): Promise<Value> {
  const bin = join(privateDir(), 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${docker}\n`);
  chmodSync(join(bin, 'docker'), 0o755);
  const host = shHost(`${bin}:${process.env['PATH'] ?? ''}`);
  return (await gather(host, { fact }, scope, 'nonce')).fact;
}

test('lines of logs are counted by kind, of standard output and error alike', async () => {
  const value = await read(
    logLines([one, two], { patterns: logPatterns, tail: 100, since: '1h' }),
    `[ "$1 $2 $3 $4 $5" = "logs --tail 100 --since 1h" ] || exit 9
case $6 in
${one})
  echo "[CRITICAL] WORKER TIMEOUT (pid:7)"
  echo "[CRITICAL] Worker Timeout (pid:8)" >&2
  echo 'QueuePool limit of size 5 overflow 10 reached'
  echo "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec"
  echo 'limiting requests, excess: 5.5 by zone "api"'
  printf 'a %s\\n' "line 100 % of \\ the rest" ;;
*) echo "Error response from daemon: configured logging driver does not support reading" >&2; exit 1 ;;
esac`,
  );
  expect(value[one]).toEqual({
    state: 'ok',
    lines: {
      'worker-timeout': { count: 2, last: '[CRITICAL] Worker Timeout (pid:8)' },
      'pool-exhausted': {
        count: 2,
        last: "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",
      },
      'rate-limited': { count: 1, last: 'limiting requests, excess: 5.5 by zone "api"' },
    },
  });
  expect(value[two]).toEqual({
    state: 'unreadable',
    message: 'Error response from daemon: configured logging driver does not support reading',
  });
});

test('the limit of open files is that of the main process', async () => {
  const raw = JSON.stringify({
    id: one,
    driver: 'json-file',
    maxSize: '10m',
    maxFile: '',
    ulimits: [{ Name: 'nofile', Soft: 1 }],
    pids: 0,
    nano: 0,
    quota: 0,
    period: 0,
    cpuset: '',
  });
  const value = await read(
    containerSettings([one]),
    `case $3 in *driver*) echo '${raw}' ;; *) echo "${one} $PPID" ;; esac`,
  );
  expect(value[one]?.logMaxSize).toBe('10m');
  expect(value[one]?.nofile).toBeGreaterThan(1);
});

test('memory of processes comes from docker top', async () => {
  const value = await read(
    processMemory([one]),
    `[ "$1 $3 $4" = "top -eo pid,rss" ] || exit 9; printf 'PID  RSS\\n  12   2048\\n 130 10\\n'`,
  );
  expect(value).toEqual({ [one]: { 12: 2048 * 1024, 130: 10 * 1024 } });
});

test('nginx is asked where it runs: configuration line by line, then its log', async () => {
  const value = await read(
    nginx([one, two], 5),
    `case "$1 $2" in
"top ${one}") printf 'PID COMMAND\\n1 nginx\\n' ;;
"top ${two}") printf 'PID COMMAND\\n1 redis-server\\n' ;;
exec*) case "$*" in
  *tail*) exit 9 ;;
  *access_log*) echo stdout ;;
  *"nginx -v"*) printf 'v 1.27.3\\nc # configuration file /etc/nginx/nginx.conf:\\nc \\nc events {}\\n' ;;
  esac ;;
logs*) [ "$2 $3" = "--tail 5" ] && echo 'a "line"' ;;
esac`,
  );
  expect(value).toEqual({
    [one]: {
      version: '1.27.3',
      config: '# configuration file /etc/nginx/nginx.conf:\n\nevents {}',
      accessLog: { state: 'ok', source: 'docker logs', lines: ['a "line"'] },
    },
  });
});

test('PostgreSQL is asked once, read-only, with a time limit; as its own user if the password fails', async () => {
  const value = await read(
    postgresSettings([one]),
    `case $1 in
top) printf 'PID COMMAND\\n1 postgres\\n' ;;
exec)
  case "$*" in *"default_transaction_read_only=on"*"statement_timeout"*|*"statement_timeout=3000"*"default_transaction_read_only=on"*) ;; *) exit 9 ;; esac
  case "$*" in
  *"-u postgres"*) printf 'version 170006\\nsetting max_connections - default false 100\\nconnections 3 1\\nstatistics 10 2 0 0\\n' ;;
  *) echo 'psql: error: FATAL: password authentication failed' >&2; exit 2 ;;
  esac ;;
esac`,
  );
  expect(value[one]).toMatchObject({ state: 'ok', versionNumber: 170_006, connections: 3 });
});
