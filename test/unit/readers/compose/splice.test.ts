import { describe, expect, it } from 'vitest';
import { readCompose } from '../../../../src/readers/compose/read.ts';
import { appendIn, setIn } from '../../../../src/readers/compose/splice.ts';
import { FlowList, type YamlValue } from '../../../../src/readers/compose/yaml-value.ts';
import { applyEdits } from '../../../../src/source/edits.ts';
import { filesOf } from '../../../../src/source/files.ts';

const limits = { deploy: { resources: { limits: { cpus: '1.5', memory: '512M' } } } };

interface Case {
  name: string;
  before: string;
  path?: (string | number)[];
  set?: YamlValue;
  append?: YamlValue[];
  after: string;
}

const cases: Case[] = [
  {
    name: 'a nested mapping behind the last key, before the blank line and the next service',
    before: `services:
  db:
    image: postgres:17 # pinned
    ports:
      - '5432:5432' # local

  # The app.
  app:
    image: app
`,
    set: limits,
    after: `services:
  db:
    image: postgres:17 # pinned
    ports:
      - '5432:5432' # local
    deploy:
      resources:
        limits:
          cpus: '1.5'
          memory: 512M

  # The app.
  app:
    image: app
`,
  },
  {
    name: 'into a mapping that is half there, four spaces deep, CR LF, without a newline at the end',
    before:
      'services:\r\n    db:\r\n        image: x\r\n        deploy:\r\n            resources:\r\n                limits:\r\n                    cpus: "1"',
    set: limits,
    after:
      'services:\r\n    db:\r\n        image: x\r\n        deploy:\r\n            resources:\r\n                limits:\r\n                    cpus: "1.5"\r\n                    memory: 512M',
  },
  {
    name: 'into a flow mapping',
    before: `services: {db: {image: x, deploy: {replicas: 2}}, app: {image: y}}\n`,
    set: limits,
    after: `services: {db: {image: x, deploy: {replicas: 2, resources: {limits: {cpus: '1.5', memory: 512M}}}}, app: {image: y}}\n`,
  },
  {
    name: 'through an alias: the service gets its own, which still merges the anchor',
    before: `x-log: &log
  driver: json-file
  options: {max-file: '3'}
services:
  db:
    image: x
    logging: *log # shared
    restart: always
`,
    path: ['logging', 'options', 'max-size'],
    set: '10m',
    after: `x-log: &log
  driver: json-file
  options: {max-file: '3'}
services:
  db:
    image: x
    logging:
      <<: *log # shared
      options:
        max-file: '3'
        max-size: 10m
    restart: always
`,
  },
  {
    name: 'through a merge key: written into the service, deeper values copied',
    before: `x-app: &app
  restart: always
  environment:
    A: '1'
services:
  db:
    <<: *app
    image: x
volumes: {}
`,
    path: ['environment', 'B'],
    set: 'two',
    after: `x-app: &app
  restart: always
  environment:
    A: '1'
services:
  db:
    <<: *app
    image: x
    environment:
      A: '1'
      B: two
volumes: {}
`,
  },
  {
    name: 'a service that is nothing but an alias',
    before: 'x: &x\n  image: a\nservices:\n  db: *x\n',
    path: ['restart'],
    set: 'always',
    after: 'x: &x\n  image: a\nservices:\n  db:\n    <<: *x\n    restart: always\n',
  },
  {
    name: 'an empty key with a comment',
    before: 'services:\n  db:\n    image: x\n    deploy: # later\n    restart: always\n',
    set: limits,
    after:
      "services:\n  db:\n    image: x\n    deploy: # later\n      resources:\n        limits:\n          cpus: '1.5'\n          memory: 512M\n    restart: always\n",
  },
  {
    name: 'an empty service at the end of the file',
    before: 'services:\n  db:',
    path: ['restart'],
    set: 'always',
    after: 'services:\n  db:\n    restart: always',
  },
  {
    name: 'a scalar, its comment kept',
    before: 'services:\n  db:\n    image: postgres # latest\n',
    path: ['image'],
    set: 'postgres:17',
    after: 'services:\n  db:\n    image: postgres:17 # latest\n',
  },
  {
    name: 'a folded scalar becomes a list',
    before: 'services:\n  db:\n    command: >\n      postgres\n      -c a=b\n\n    image: x\n',
    path: ['command'],
    set: ['postgres', '-c', 'a=b'],
    after: 'services:\n  db:\n    command:\n      - postgres\n      - -c\n      - a=b\n\n    image: x\n',
  },
  {
    name: 'a command in its own words on one line',
    before: 'services:\n  db:\n    command: uvicorn main:app # one worker\n    image: x\n',
    path: ['command'],
    set: new FlowList(['uvicorn', 'main:app', '--workers', '4']),
    after: "services:\n  db:\n    command: [uvicorn, main:app, --workers, '4'] # one worker\n    image: x\n",
  },
  {
    name: 'a flow list stays one, with its quotes',
    before: 'services:\n  db:\n    command: ["a", "b"]\n',
    path: ['command'],
    set: ['a', 'c'],
    after: 'services:\n  db:\n    command: ["a", "c"]\n',
  },
  {
    name: 'one item of a list',
    before: 'services:\n  db:\n    command:\n    - a # first\n    - "max=100" # second\n    - c\n',
    path: ['command', 1],
    set: 'max=50',
    after: 'services:\n  db:\n    command:\n    - a # first\n    - "max=50" # second\n    - c\n',
  },
  {
    name: 'items behind a block list that is not indented',
    before: 'services:\n  db:\n    command:\n    - a\n    - b # last\n\n    # why\n    image: x\n',
    path: ['command'],
    append: ['-c', 'x=1'],
    after:
      'services:\n  db:\n    command:\n    - a\n    - b # last\n    - -c\n    - x=1\n\n    # why\n    image: x\n',
  },
  {
    name: 'items behind a flow list over several lines',
    before: 'services:\n  db:\n    command: [\n      "a",\n      "b",\n    ]\n',
    path: ['command'],
    append: ['c'],
    after: 'services:\n  db:\n    command: [\n      "a",\n      "b", "c",\n    ]\n',
  },
  {
    name: 'a short dependency list becomes a mapping',
    before: 'services:\n  db:\n    depends_on:\n    - cache\n    image: x\n',
    path: ['depends_on'],
    set: { cache: { condition: 'service_healthy' } },
    after:
      'services:\n  db:\n    depends_on:\n      cache:\n        condition: service_healthy\n    image: x\n',
  },
  {
    name: 'a block list becomes a short one',
    before: 'services:\n  db:\n    command:\n      - a\n      - b\n    image: x\n',
    path: ['command'],
    set: 'exec a',
    after: 'services:\n  db:\n    command: exec a\n    image: x\n',
  },
];

describe('editing a service', () => {
  it.each(cases)('$name', ({ before, path = [], set, append, after }) => {
    const files = filesOf(new Map([['compose.yml', before]]));
    const service = readCompose(files, { paths: ['compose.yml'], env: {} }).services.find(
      ({ name }) => name === 'db',
    );
    if (!service) throw new Error('no service');
    const edits = append ? appendIn(files, service, path, append) : setIn(files, service, path, set ?? null);
    expect(edits).toBeDefined();
    expect(applyEdits(before, edits ?? [])).toBe(after);
  });
});

describe('editing a service of several files', () => {
  const edited = (
    texts: Record<string, string>,
    paths: string[],
    path: (string | number)[],
    value: YamlValue,
    name = 'app',
  ) => {
    const files = filesOf(new Map(Object.entries(texts)));
    const service = readCompose(files, { paths, env: {} }).services.find((one) => one.name === name);
    const edits = service && setIn(files, service, path, value);
    return edits && { path: edits[0]?.path, text: applyEdits(texts[edits[0]?.path ?? ''] ?? '', edits) };
  };

  it('changes the file whose value wins', () => {
    const texts = {
      'a.yml': 'services:\n  app:\n    image: one\n    command: first\n',
      'b.yml': 'services:\n  app:\n    command: second\n',
    };
    expect(edited(texts, ['a.yml', 'b.yml'], ['command'], 'third')).toEqual({
      path: 'b.yml',
      text: 'services:\n  app:\n    command: third\n',
    });
    expect(edited(texts, ['a.yml', 'b.yml'], ['image'], 'two')?.path).toBe('a.yml');
    expect(edited(texts, ['a.yml', 'b.yml'], ['restart'], 'always')?.path).toBe('a.yml');
  });

  it('writes into the service what it has from another one', () => {
    const texts = {
      'a.yml': 'services:\n  app:\n    extends: {file: base.yml, service: base}\n',
      'base.yml': 'services:\n  base:\n    image: one\n    restart: "no"\n',
    };
    expect(edited(texts, ['a.yml'], ['restart'], 'always')).toEqual({
      path: 'a.yml',
      text: 'services:\n  app:\n    extends: {file: base.yml, service: base}\n    restart: always\n',
    });
  });

  it('changes the included file of an included service', () => {
    const texts = {
      'a.yml': 'include: [sub/b.yml]\nservices: {}\n',
      'sub/b.yml': 'services: {app: {image: one}}\n',
    };
    expect(edited(texts, ['a.yml'], ['restart'], 'always')).toEqual({
      path: 'sub/b.yml',
      text: 'services: {app: {image: one, restart: always}}\n',
    });
  });

  it.each([
    ['a mapping that an override file resets', 'deploy: !reset null', ['deploy', 'replicas'], 2],
    ['an item that is not there', 'command: [a]', ['command', 4], 'b'],
    ['an alias bomb', '<<: *x', ['restart'], 'always'],
  ])('leaves %s to a person', (_, line, path, value) => {
    const bomb = Array.from({ length: 20 }, (_, index) =>
      index === 0 ? '  x: &x0 {a: b}' : `  x${index}: &x${index} {a: *x${index - 1}, b: *x${index - 1}}`,
    );
    const text = `x-bomb:\n${bomb.join('\n')}\n  z: &x {a: *x19}\nservices:\n  app:\n    ${line}\n`;
    expect(edited({ 'a.yml': text }, ['a.yml'], path, value)).toBeUndefined();
  });
});
