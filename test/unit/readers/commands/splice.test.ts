import { describe, expect, it } from 'vitest';
import { changeFlags, setFlag } from '../../../../src/readers/commands/splice.ts';
import type { FlagChange } from '../../../../src/readers/commands/splice.ts';
import { applyEdits } from '../../../../src/source/edits.ts';
import { appProject } from '../../../support/app-stack.ts';

/** The one file that changes, before and after; undefined: nothing can be changed. */
function changed(
  texts: Readonly<Record<string, string>>,
  changes: readonly FlagChange[],
): string | undefined {
  const { files, server } = appProject(texts);
  if (!server) throw new Error('No server was found.');
  const edits = changeFlags(server, files, changes);
  const [first] = edits;
  return first && applyEdits(files.read(first.path) ?? '', edits);
}

const workers: FlagChange = { names: ['--workers', '-w'], value: 4 };
const noReload: FlagChange = { names: ['--reload'], value: null };
const image = 'FROM python:3.13\nWORKDIR /app\nCOPY . .\n';
const compose = (rest: string): Record<string, string> => ({
  Dockerfile: image,
  'compose.yml': `services:\n  app:\n    build: .\n${rest}`,
});

const cases: readonly [string, Readonly<Record<string, string>>, string | undefined][] = [
  [
    'adds to the exec form',
    { Dockerfile: `${image}CMD ["uvicorn", "main:app"] \n# end` },
    `${image}CMD ["uvicorn", "main:app", "--workers", "4"] \n# end`,
  ],
  [
    'adds to the exec form over several lines, comments and all',
    {
      Dockerfile: `${image}CMD [ "gunicorn", "main:app", \\\n  # the port\n     "--bind", "0.0.0.0:8000" \\\n]\n`,
    },
    `${image}CMD [ "gunicorn", "main:app", \\\n  # the port\n     "--bind", "0.0.0.0:8000", "--workers", "4" \\\n]\n`,
  ],
  [
    'replaces in the exec form',
    { Dockerfile: `${image}CMD ["gunicorn", \\\n  "-w", \\\n  "1", "main:app"]\n` },
    `${image}CMD ["gunicorn", \\\n  "-w", \\\n  "4", "main:app"]\n`,
  ],
  [
    'replaces a value behind an equals sign',
    { Dockerfile: `${image}CMD ["gunicorn", "--workers=1", "main:app"]\n` },
    `${image}CMD ["gunicorn", "--workers=4", "main:app"]\n`,
  ],
  [
    'replaces a value that is stuck to its flag',
    { Dockerfile: `${image}CMD gunicorn -w1 main:app\n` },
    `${image}CMD gunicorn -w4 main:app\n`,
  ],
  [
    'adds to the shell form, in front of what is no word of it',
    {
      Dockerfile: `${image}CMD alembic upgrade head && \\\n    uvicorn main:app --port "$PORT" 2>&1 | tee log\n`,
    },
    `${image}CMD alembic upgrade head && \\\n    uvicorn main:app --port "$PORT" --workers 4 2>&1 | tee log\n`,
  ],
  [
    'takes a flag away and adds one',
    { Dockerfile: `${image}CMD ["uvicorn", "main:app", "--reload"]\n` },
    `${image}CMD ["uvicorn", "main:app", "--workers", "4"]\n`,
  ],
  [
    'changes the default of a variable',
    { Dockerfile: `${image}CMD gunicorn main:app -w "\${WORKERS:-1}"\n` },
    `${image}CMD gunicorn main:app -w "\${WORKERS:-4}"\n`,
  ],
  [
    'adds inside a shell inside the exec form',
    { Dockerfile: `${image}CMD ["sh", "-c", "sleep 1; exec uvicorn \\"main:app\\""]\n` },
    `${image}CMD ["sh", "-c", "sleep 1; exec uvicorn \\"main:app\\" --workers 4"]\n`,
  ],
  [
    'adds to a block list of Compose, behind a comment',
    compose('    command:\n      - uvicorn\n      - main:app # the app\n    restart: always\n'),
    compose(
      "    command:\n      - uvicorn\n      - main:app # the app\n      - --workers\n      - '4'\n    restart: always\n",
    )['compose.yml'],
  ],
  [
    'takes a line of a block list away',
    compose(
      '    command:\n      - uvicorn\n      - main:app\n      - --reload # handy\n    restart: always\n',
    ),
    compose(
      "    command:\n      - uvicorn\n      - main:app\n      - --workers\n      - '4'\n    restart: always\n",
    )['compose.yml'],
  ],
  [
    'adds to a flow list in its quotes',
    compose('    command: ["uvicorn", "main:app"] # start\n'),
    compose('    command: ["uvicorn", "main:app", "--workers", "4"] # start\n')['compose.yml'],
  ],
  [
    'adds to a flow list without quotes',
    compose('    command: [uvicorn, main:app]\n'),
    compose("    command: [uvicorn, main:app, --workers, '4']\n")['compose.yml'],
  ],
  [
    'adds to a string of Compose',
    compose('    command: uvicorn main:app --host 0.0.0.0 # start\n'),
    compose('    command: uvicorn main:app --host 0.0.0.0 --workers 4 # start\n')['compose.yml'],
  ],
  [
    'replaces in a folded block with a shell, where a variable of Compose stands',
    compose(
      '    command: >-\n      sh -c "python manage.py migrate &&\n             gunicorn shop.wsgi --workers ${WORKERS:-1}"\n',
    ),
    compose(
      '    command: >-\n      sh -c "python manage.py migrate &&\n             gunicorn shop.wsgi --workers ${WORKERS:-4}"\n',
    )['compose.yml'],
  ],
  [
    'adds to a line of a script',
    {
      Dockerfile: `${image}CMD ["./run.sh"]\n`,
      'run.sh': '#!/bin/sh\nexec gunicorn app:app \\\n  --bind :80  # all\n',
    },
    '#!/bin/sh\nexec gunicorn app:app \\\n  --bind :80 --workers 4  # all\n',
  ],
  [
    'keeps CR LF',
    compose('    command:\r\n      - uvicorn\r\n      - main:app\r\n'),
    compose("    command:\r\n      - uvicorn\r\n      - main:app\r\n      - --workers\r\n      - '4'\r\n")[
      'compose.yml'
    ],
  ],
  [
    'does not change a variable without a default',
    { Dockerfile: `${image}CMD gunicorn main:app -w $WORKERS\n` },
    undefined,
  ],
  [
    'does not change what an anchor gives to others',
    {
      Dockerfile: image,
      'compose.yml':
        'x-cmd: &cmd [uvicorn, main:app]\nservices:\n  app:\n    build: .\n    command: *cmd\n  b:\n    build: .\n    command: *cmd\n',
    },
    undefined,
  ],
  [
    'does not add flags to code',
    {
      Dockerfile: `${image}CMD ["python", "app.py"]\n`,
      'app.py': 'import uvicorn\nuvicorn.run("app:app")\n',
    },
    undefined,
  ],
];

describe('changeFlags', () => {
  it.each(cases)('%s', (_, texts, expected) => {
    expect(changed(texts, [workers, noReload])).toBe(expected);
  });

  it.each(cases.filter(([, , expected]) => expected !== undefined))(
    'gives a server that has the new value: %s',
    (_, texts) => {
      const { files, server } = appProject(texts);
      const edits = server ? changeFlags(server, files, [workers, noReload]) : [];
      const after = appProject(
        Object.fromEntries(
          files.paths.map((path) => [
            path,
            applyEdits(
              files.read(path) ?? '',
              edits.filter((edit) => edit.path === path),
            ),
          ]),
        ),
      );
      expect(after.server?.workers.value).toEqual({ kind: 'count', count: 4 });
      expect(after.server?.reload).toBeUndefined();
    },
  );
});

describe('setFlag', () => {
  it('goes together with other changes of the same command', () => {
    const text = `${image}CMD ["uvicorn", "main:app"]\n`;
    const { files, server } = appProject({ Dockerfile: text });
    if (!server) throw new Error('No server was found.');
    const edits = [
      ...changeFlags(server, files, [workers]),
      ...setFlag(server, files, '--timeout-keep-alive', 75),
    ];
    expect(applyEdits(text, edits)).toBe(
      `${image}CMD ["uvicorn", "main:app", "--workers", "4", "--timeout-keep-alive", "75"]\n`,
    );
  });

  it('refuses a value that would need quoting', () => {
    const { files, server } = appProject({ Dockerfile: `${image}CMD ["uvicorn", "main:app"]\n` });
    expect(server && setFlag(server, files, '--log-level', 'a b')).toEqual([]);
  });
});
