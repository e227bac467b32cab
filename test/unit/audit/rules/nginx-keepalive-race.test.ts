import { describe, expect, it } from 'vitest';
import { nginxKeepaliveRace as rule } from '../../../../src/audit/rules/nginx-keepalive-race.ts';
import {
  fixed,
  inHttp,
  inServer,
  nginxStack,
  nginxTexts,
  stackOf,
  verdictOf,
} from '../../../support/nginx-stack.ts';

function kept(more = ''): string {
  return inHttp(
    'upstream app {',
    '  server backend:8000;',
    '  keepalive 16;',
    ...(more === '' ? [] : [`  ${more}`]),
    '}',
    'server { location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://app; } }',
  );
}

describe('nginx-keepalive-race', () => {
  const cases: [string, string, string, string | undefined][] = [
    ['uvicorn closes after 5 s', kept(), 'uvicorn main:app', 'fail'],
    ['uvicorn waits', kept(), 'uvicorn main:app --timeout-keep-alive 75', 'pass'],
    ['uvicorn waits too little', kept(), 'uvicorn main:app --timeout-keep-alive 30', 'fail'],
    ['gunicorn with uvicorn workers', kept(), 'gunicorn main:app -k uvicorn.workers.UvicornWorker', 'fail'],
    [
      'gunicorn with threads',
      kept(),
      'gunicorn main:app --worker-class gthread --threads 4 --keep-alive 2',
      'fail',
    ],
    ['gunicorn sync never keeps', kept(), 'gunicorn main:app', undefined],
    ['nginx closes first', kept('keepalive_timeout 4s;'), 'uvicorn main:app', 'pass'],
    [
      'nothing is kept',
      inServer('location / { proxy_pass http://backend:8000; }'),
      'uvicorn main:app',
      undefined,
    ],
  ];

  it.each(cases)('%s', (_, config, command, status) => {
    expect(verdictOf(rule, nginxStack(config, { command }))?.status).toBe(status);
  });

  it.each(cases.filter(([, , , status]) => status === 'fail'))('is mended: %s', (_, config, command) => {
    const texts = fixed(rule, nginxTexts(config, { command }));
    expect(verdictOf(rule, stackOf(texts))).toMatchObject({ status: 'pass' });
    expect(texts.get('backend/Dockerfile')).toMatch(/keep-alive", ?"75"/);
  });

  it('changes nginx where the app has no such flag', () => {
    const texts = new Map([
      ...nginxTexts(kept()),
      ['backend/Dockerfile', 'FROM python:3.13-slim\nCMD ["fastapi", "run", "main.py"]\n'],
    ]);
    const after = fixed(rule, texts);
    expect(after.get('nginx/nginx.conf')).toContain('    keepalive 16;\n    keepalive_timeout 4s;\n  }');
    expect(verdictOf(rule, stackOf(after))?.status).toBe('pass');
  });

  it('says where the app is told', () => {
    const verdict = verdictOf(rule, nginxStack(kept(), { command: 'uvicorn main:app' }));
    expect(verdict?.message).toBe(
      'uvicorn in backend closes an idle connection after 5 s, nginx keeps it for 60 s: a POST that meets a connection just being closed fails with 502.',
    );
    expect(verdict?.at?.path).toBe('backend/Dockerfile');
  });
});
