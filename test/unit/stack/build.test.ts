import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../src/source/files.ts';
import { buildStack } from '../../../src/stack/build.ts';

function problems(compose: string): string[] {
  return buildStack({
    files: filesOf(new Map([['compose.yaml', compose]])),
    compose: { paths: ['compose.yaml'], env: {} },
  }).problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('what could not be read of a project', () => {
  it('is told once, however many services share it', () => {
    expect(
      problems(
        'services:\n  web: &web\n    build: ./app\n    env_file: .env.web\n  jobs:\n    <<: *web\n    command: celery worker\n',
      ),
    ).toEqual([
      ".env.web: `.env.web` is not among the project's files.",
      'app/Dockerfile: There is no app/Dockerfile.',
    ]);
  });

  it('a file without services is no project with nothing to find', () => {
    expect(problems('web:\n  image: app:1\n')).toEqual([
      'compose.yaml: There are no `services` in it: nothing can be looked at.',
    ]);
  });
});
