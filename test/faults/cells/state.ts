import type { Cell } from '../../support/faults/cell.ts';
import { asDeploy, asRoot } from '../../support/faults/root.ts';
import { beginOf } from '../../support/faults/steps.ts';

const owner = `{"run":"dead","by":"carol@laptop","at":"2026-01-01T00:00:00.000Z","what":"deploy 0000000"}`;
/** A lock as a client has left it that was last heard from that long ago. */
const lockLeft = (age: string) =>
  asDeploy(
    'mkdir -p .ops/lock',
    'echo dead > .ops/lock/run',
    `echo '${owner}' > .ops/lock/owner.json`,
    `touch -d '${age}' .ops/lock/heartbeat`,
  );
const lockGone = asDeploy('rm -rf .ops/lock');

const locks: Cell[] = [
  {
    fault: 'lock of somebody who deploys',
    at: 'lock',
    before: lockLeft('5 seconds ago'),
    after: lockGone,
    ends: ['refused'],
    tells: /carol@laptop/,
  },
  {
    fault: 'stale lock of a client that is gone',
    at: 'lock',
    before: lockLeft('5 minutes ago'),
    ends: ['live'],
  },
  {
    fault: 'lock without an owner',
    at: 'lock',
    before: asDeploy('mkdir -p .ops/lock', `touch -d '5 minutes ago' .ops/lock`),
    ends: ['live'],
  },
  {
    fault: 'owner of the lock is unreadable',
    at: 'lock',
    before: asDeploy(
      'mkdir -p .ops/lock',
      'echo x > .ops/lock/run',
      'head -c 200 /dev/urandom > .ops/lock/owner.json',
      `touch -d '5 minutes ago' .ops/lock/heartbeat`,
    ),
    ends: ['live'],
  },
  {
    fault: 'a file where the lock should be',
    at: 'lock',
    before: asDeploy('echo > .ops/lock'),
    after: asDeploy('rm .ops/lock'),
    ends: ['refused'],
    tells: /LOCK_FAILED/,
  },
  {
    fault: 'lock released by somebody else',
    at: 'build',
    when: { says: beginOf('build'), do: lockGone },
    ends: ['unfinished', 'failed'],
    tells: /lock is not ours/,
  },
];

const ledgers: Cell[] = [
  {
    fault: 'ledger torn in its last line',
    at: 'preflight',
    before: asDeploy(`printf '%s' '{"v":1,"event":"started","id":"2026' >> .ops/ledger.jsonl`),
    after: asDeploy(`sed -i '/"id":"2026$/d' .ops/ledger.jsonl`),
    ends: ['live'],
  },
  {
    fault: 'garbage in the ledger',
    at: 'preflight',
    before: asDeploy(
      '{ head -c 300 /dev/urandom; echo; echo "null"; echo "[]"; echo "{}"; } >> .ops/ledger.jsonl',
    ),
    after: asDeploy(
      `grep -a '^{"v":1' .ops/ledger.jsonl > .ops/l; cat .ops/l > .ops/ledger.jsonl; rm .ops/l`,
    ),
    ends: ['live'],
  },
  {
    fault: 'ledger written by a newer version',
    at: 'preflight',
    before: asDeploy(
      `echo '{"v":2,"event":"started","id":"20270101T000000-abcdef0","at":"2027-01-01T00:00:00Z"}' >> .ops/ledger.jsonl`,
    ),
    after: asDeploy(`sed -i '/"v":2/d' .ops/ledger.jsonl`),
    ends: ['live'],
  },
  {
    fault: 'ledger gone',
    at: 'preflight',
    before: asDeploy('mv .ops/ledger.jsonl .ops/away'),
    after: asDeploy('cat .ops/ledger.jsonl >> .ops/away; mv .ops/away .ops/ledger.jsonl'),
    ends: ['live'],
  },
];

const files: Cell[] = [
  {
    fault: '.ops belongs to root',
    at: 'lock',
    before: asRoot('chown -R root:root /srv/app/.ops; chmod 700 /srv/app/.ops'),
    after: asRoot('chown -R deploy:deploy /srv/app/.ops'),
    ends: ['refused'],
    tells: /permissions/,
  },
  {
    fault: '.ops is mounted read-only',
    at: 'lock',
    before: asRoot('mount --bind /srv/app/.ops /srv/app/.ops; mount -o remount,bind,ro /srv/app/.ops'),
    after: asRoot('umount /srv/app/.ops'),
    ends: ['refused'],
    tells: /LOCK_FAILED/,
  },
  {
    fault: '.git is mounted read-only',
    at: 'fetch',
    before: asRoot('mount --bind /srv/app/.git /srv/app/.git; mount -o remount,bind,ro /srv/app/.git'),
    after: asRoot('umount /srv/app/.git'),
    ends: ['refused'],
    tells: /could not be fetched/,
  },
  {
    fault: 'a directory of the work tree belongs to root',
    at: 'checkout',
    files: { 'backend/new-file.txt': 'new\n' },
    before: asRoot('chown root:root /srv/app/backend; chmod 755 /srv/app/backend'),
    after: asRoot('chown deploy:deploy /srv/app/backend'),
    ends: ['failed', 'unfinished'],
    tells: /Permission denied/,
  },
];

/** A clock that is wrong from the start, or jumps after a while: `date` of the server, told so by its PATH. */
const serverClock = (seconds: string) =>
  asRoot(
    `printf '%s\\n' '#!/bin/sh' 'case "$*" in "+%s") echo $(( $(/bin/date +%s) + ${seconds} ));; *) exec /bin/date "$@";; esac' > /usr/local/bin/date`,
    'chmod 755 /usr/local/bin/date',
  );
const clockBack = asRoot('rm /usr/local/bin/date');
const jumping = (after: string, by: string) =>
  `--import=data:text/javascript,${encodeURIComponent(
    `const now=Date.now,at=now();Date.now=()=>now()+(now()-at>${after}?${by}:0)`,
  )}`;

const clocks: Cell[] = [
  {
    fault: 'clock of the server jumps an hour ahead',
    at: 'start',
    when: { says: beginOf('start'), do: serverClock('3600') },
    after: clockBack,
    ends: ['live', 'failed'],
  },
  {
    fault: 'clock of the server is a day behind',
    at: 'all through',
    before: serverClock('-86400'),
    after: clockBack,
    ends: ['live'],
  },
  {
    fault: 'clock of the client jumps a year back',
    at: 'build',
    env: { NODE_OPTIONS: jumping('3000', '-31536000000') },
    ends: ['live'],
  },
  {
    fault: 'clock of the client is a year ahead',
    at: 'all through',
    env: { NODE_OPTIONS: jumping('-1', '31536000000') },
    ends: ['live'],
  },
];

export const state: readonly Cell[] = [...locks, ...ledgers, ...files, ...clocks];
