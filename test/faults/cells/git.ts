import type { Cell } from '../../support/faults/cell.ts';
import { asDeploy, asDeveloper } from '../../support/faults/root.ts';

export const git: readonly Cell[] = [
  {
    fault: 'remote gone',
    at: 'fetch',
    before: asDeploy('mv /srv/git/app.git /srv/git/away.git'),
    after: asDeploy('mv /srv/git/away.git /srv/git/app.git'),
    ends: ['refused'],
    tells: /could not be fetched/,
  },
  {
    fault: 'branch force-pushed: what is live is no part of it any more',
    at: 'fetch',
    before: asDeveloper(
      'git reset --quiet --soft HEAD~2',
      'git commit --quiet --message "Rewritten"',
      'git push --quiet --force origin main',
    ),
    next: ['deploy', '--force'],
    ends: ['refused'],
    tells: /cannot fast-forward/,
  },
  {
    fault: 'a commit on the server that the remote has not',
    at: 'preflight',
    before: asDeploy('git commit --quiet --allow-empty --message "By hand"'),
    next: ['deploy', '--force'],
    ends: ['refused'],
    tells: /By hand/,
  },
  {
    fault: 'local changes on the server',
    at: 'preflight',
    before: asDeploy('echo "# by hand" >> docker-compose.prod.yml'),
    next: ['deploy', '--stash'],
    ends: ['refused'],
    tells: /docker-compose\.prod\.yml/,
  },
  {
    fault: 'a merge left unfinished on the server',
    at: 'preflight',
    before: asDeploy('git rev-parse HEAD > .git/MERGE_HEAD'),
    after: asDeploy('rm .git/MERGE_HEAD'),
    ends: ['refused'],
    tells: /unfinished/,
  },
  {
    fault: 'a lock of git that a crash has left',
    at: 'fetch',
    before: asDeploy(': > .git/refs/remotes/origin/main.lock'),
    ends: ['live'],
    tells: /Removed \.git\/refs\/remotes\/origin\/main\.lock/,
  },
  {
    fault: 'a lock of git that a crash has left',
    at: 'checkout',
    before: asDeploy(': > .git/index.lock'),
    ends: ['live'],
    tells: /removed \.git\/index\.lock/,
  },
  {
    fault: 'detached HEAD',
    at: 'preflight',
    before: asDeploy('git checkout --quiet --detach'),
    ends: ['live'],
  },
  {
    fault: 'shallow clone',
    at: 'preflight',
    before: asDeploy('git rev-parse HEAD > .git/shallow'),
    after: asDeploy('[ ! -f .git/shallow ] || git fetch --quiet --unshallow'),
    ends: ['live'],
  },
  {
    fault: 'a submodule whose remote is gone',
    at: 'checkout',
    before: asDeveloper(
      'git config --global protocol.file.allow always',
      'git init --quiet --bare /srv/git/part.git',
      'git clone --quiet /srv/git/part.git part-work; (cd part-work && git commit --quiet --allow-empty --message Part && git push --quiet origin HEAD:main); rm -rf part-work',
      'git submodule --quiet add --branch main /srv/git/part.git part',
      'git commit --quiet --all --message "With a part"; git push --quiet origin main',
      'mv /srv/git/part.git /srv/git/part-away.git',
    ),
    after: asDeploy('mv /srv/git/part-away.git /srv/git/part.git'),
    ends: ['failed'],
    tells: /part/,
  },
  {
    fault: 'names with spaces, quotes, umlauts, a dollar; one that changed its case',
    at: 'checkout',
    before: asDeveloper(
      'git submodule --quiet deinit --all --force; git rm --quiet --ignore-unmatch part .gitmodules',
      `mkdir -p 'backend/ä ö'; echo 1 > 'backend/ä ö/it'"'"'s "quoted" $(touch ran).txt'; echo 1 > backend/Case.txt`,
      'git add --all; git commit --quiet --message "Names"',
      'git mv backend/Case.txt backend/case.txt; git commit --quiet --message "Case"; git push --quiet origin main',
    ),
    // git leaves the folder of a submodule that is gone to whoever put it there.
    after: asDeploy('rm -rf part'),
    ends: ['live'],
  },
];
