import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hostEvidence } from '../../../src/gather/host-evidence.ts';
import { RecordingHost } from '../../../src/host/recording-host.ts';
import { inspectFormat } from '../../../src/facts/containers.ts';

const scope = { appDir: '/srv/app', composeFlags: '-f compose.yml', remote: 'origin', branch: 'main' };
const nonces = (): (() => string) => {
  let count = 0;
  return () => `n${(count += 1)}`;
};
const fixture = (path: string): string =>
  readFileSync(new URL(`../../fixtures/${path}`, import.meta.url), 'utf8');

/** Prints each section that a script asks for: a fixture, or nothing. */
function server(sections: Readonly<Record<string, string>>): RecordingHost {
  return new RecordingHost({
    name: 'web',
    answers: ({ text }) => {
      const nonce = /@ops-n\d+@/.exec(text)?.[0] ?? '';
      const ids = [...text.matchAll(/printf '\\n%s %s %s\\n' @ops-n\d+@ ([a-z-]+) begin/g)].map(
        ([, id = '']) => id,
      );
      return ids
        .map((id) => `\n${nonce} ${id} begin\n${sections[id] ?? ''}\n${nonce} ${id} end 0\n`)
        .join('');
    },
  });
}

describe('hostEvidence', () => {
  it('takes two round trips, files included', async () => {
    const host = server({
      engine: fixture('facts/engine/plugin.txt'),
      system: fixture('facts/system/debian-13.txt'),
      containers: fixture('facts/containers/shop.txt'),
      'project-files': fixture('gather/project-files.txt'),
    });
    const evidence = await hostEvidence(host, scope, { nonce: nonces(), files: {} });
    expect(host.roundTrips).toBe(2);
    expect(evidence.files?.paths).toContain('docker-compose.prod.yml');
    expect(Object.keys(evidence.live.services).length).toBeGreaterThan(0);
    expect(host.texts[0]).toContain(inspectFormat.slice(0, 40));
    expect(host.texts[1]).toContain('docker logs --tail 5000 --since 168h');
  });

  it('asks for files only when told, and says why there are none', async () => {
    const sections = { system: fixture('facts/system/debian-13.txt'), 'project-files': 'no-tar' };
    const host = server(sections);
    const without = await hostEvidence(host, scope, { nonce: nonces() });
    expect(without.files).toBeUndefined();
    expect(host.texts[0]).not.toContain('project-files');
    const evidence = await hostEvidence(server(sections), scope, { nonce: nonces(), files: {} });
    expect(evidence.live.unknown).toContainEqual({
      what: 'files of the project',
      why: 'the host has no tar',
    });
  });

  it('a fact that makes no sense does not hide the others', async () => {
    const evidence = await hostEvidence(
      server({ system: fixture('facts/system/debian-13.txt'), containers: '{broken' }),
      scope,
      { nonce: nonces() },
    );
    expect(evidence.machine?.source).toBe('live');
    expect(evidence.live.unknown?.map(({ what }) => what)).toContain('containers');
  });

  it('reads only: no script writes, removes or stops anything', async () => {
    const host = server({ containers: fixture('facts/containers/shop.txt') });
    await hostEvidence(host, scope, { nonce: nonces(), files: {} });
    for (const line of host.texts.join('\n').split('\n'))
      expect(line).not.toMatch(
        /(^|[;&|(] *)(rm|mv|cp|tee|touch|mkdir|docker (rm|stop|kill|restart|prune|update))\b/,
      );
  });
});
