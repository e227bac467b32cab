import { describe, expect, it } from 'vitest';
import type { FinishedEntry, LedgerEntry, StartedEntry } from '../../../src/ledger/entry.ts';
import {
  ledgerLine,
  liveRelease,
  parseLedger,
  unfinishedRelease,
  unreadableText,
} from '../../../src/ledger/ledger.ts';

const started = (id: string, more: Partial<StartedEntry> = {}): StartedEntry => ({
  v: 1,
  event: 'started',
  id,
  kind: 'deploy',
  commit: `commit-${id}`,
  tree: `tree-${id}`,
  subject: `Change ${id}`,
  ref: 'main',
  by: 'ann@laptop',
  at: '2026-11-23T15:50:01.000Z',
  run: `run-${id}`,
  ...more,
});
const finished = (
  id: string,
  outcome: FinishedEntry['outcome'],
  more: Partial<FinishedEntry> = {},
): FinishedEntry => ({
  v: 1,
  event: 'finished',
  id,
  outcome,
  at: '2026-11-23T15:51:01.000Z',
  durationMs: 60_000,
  ...more,
});
const text = (...entries: readonly LedgerEntry[]): string => entries.map(ledgerLine).join('');
const ids = (content: string) => parseLedger(content).releases.map(({ id }) => id);

it('nothing', () => {
  expect(parseLedger('')).toEqual({ releases: [], unreadable: 0 });
  expect(parseLedger('\n\n')).toEqual({ releases: [], unreadable: 0 });
});

it('comes back as it was written', () => {
  const one = started('a', {
    kind: 'rollback',
    subject: 'two\nlines "quoted" \u2028 🚀',
    previous: {
      release: 'z',
      commit: 'c',
      tree: 't',
      branch: 'main',
      images: { web: { id: 'sha256:1', tag: 'web:ops-z' } },
    },
    undone: ['u'],
    made: ['m'],
  });
  const end = finished('a', 'live', {
    images: { web: { id: 'sha256:2', tag: 'web:ops-a' } },
    buildKey: 'k',
    proxyConfig: 'p',
    probe: { requests: 2, failed: 0, longestGapMs: 1, p50Ms: 1, p95Ms: 1, maxMs: 1, servedBefore: true },
    detail: 'why',
  });
  expect(text(one, end).split('\n')).toHaveLength(3);
  const { v: _v, event: _event, ...release } = one;
  const { v: _v2, event: _event2, id: _id, ...rest } = end;
  expect(parseLedger(text(one, end))).toEqual({ releases: [{ ...release, finished: rest }], unreadable: 0 });
});

describe('what cannot be read is counted and skipped', () => {
  it.each([
    ['a torn line', '{"v":1,"event":"started","id":"x'],
    ['no JSON', 'hello'],
    ['a number', '1'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a newer version', JSON.stringify({ ...started('x'), v: 2 })],
    ['another event', JSON.stringify({ ...started('x'), event: 'paused' })],
    ['no id', JSON.stringify({ ...started('x'), id: undefined })],
    ['no time', JSON.stringify({ ...started('x'), at: undefined })],
    ['no commit', JSON.stringify({ ...started('x'), commit: undefined })],
    ['no tree', JSON.stringify({ ...started('x'), tree: undefined })],
    ['no outcome', JSON.stringify({ ...finished('a', 'live'), outcome: undefined })],
    ['the end of a release that is cut off at the top', JSON.stringify(finished('gone', 'live'))],
  ])('%s', (_, line) => {
    const content = `${text(started('a'))}${line}\n${text(started('b'))}`;
    expect(parseLedger(content).unreadable).toBe(1);
    expect(ids(content)).toEqual(['a', 'b']);
  });

  it('a torn last line without its end', () => {
    expect(parseLedger(`${text(started('a'), finished('a', 'live'))}{"v":1,"ev`)).toMatchObject({
      unreadable: 1,
      releases: [{ id: 'a', finished: { outcome: 'live' } }],
    });
  });
});

describe('an entry that is right in parts is not believed in any', () => {
  const image = { id: 'sha256:1', tag: 'web:ops-z' };
  const previous = { commit: 'c', tree: 't', images: { web: image } };
  const probe = { requests: 2, failed: 0, longestGapMs: 1, p50Ms: 1, p95Ms: 1, maxMs: 1, servedBefore: true };
  it.each<[string, Record<string, unknown>]>([
    ['another kind', { kind: 'redeploy' }],
    ['an empty id', { id: '' }],
    ['an empty commit', { commit: '' }],
    ['a commit that no shell word can hold', { commit: 'a\0b' }],
    ['a commit that git would take for an option', { commit: '--force' }],
    ['a run of two lines', { run: 'a\nb' }],
    ['an empty tree', { tree: '' }],
    ['no run', { run: undefined }],
    ['an empty run', { run: '' }],
    ['no subject', { subject: undefined }],
    ['no ref', { ref: 7 }],
    ['nobody', { by: null }],
    ['a time that is a number', { at: 1_795_435_200 }],
    ['a previous release that is a word', { previous: 'x' }],
    ['one that is null', { previous: null }],
    ['one without a commit', { previous: { ...previous, commit: undefined } }],
    ['one without images', { previous: { ...previous, images: undefined } }],
    ['one whose images are a number', { previous: { ...previous, images: 5 } }],
    ['one whose image is a word', { previous: { ...previous, images: { web: 'sha256:1' } } }],
    ['one whose image has no tag', { previous: { ...previous, images: { web: { id: 'sha256:1' } } } }],
    ['one whose image has an empty id', { previous: { ...previous, images: { web: { ...image, id: '' } } } }],
    [
      'one whose image has an odd name',
      { previous: { ...previous, images: { web: { ...image, name: 1 } } } },
    ],
    ['one whose services are a word', { previous: { ...previous, services: 'web' } }],
    ['one whose services are numbers', { previous: { ...previous, services: [1] } }],
    ['undone commits that are no list', { undone: {} }],
    ['undone commits that are numbers', { undone: [1] }],
    ['made commits that are a word', { made: 'abc' }],
  ])('%s', (_, change) => {
    const ledger = parseLedger(`${text(started('a'))}${JSON.stringify({ ...started('x'), ...change })}\n`);
    expect(ledger).toMatchObject({ unreadable: 1, distrusted: 1, releases: [{ id: 'a' }] });
    expect(unfinishedRelease(ledger)?.id).toBe('a');
  });

  it.each<[string, Record<string, unknown>]>([
    ['another outcome', { outcome: 'alive' }],
    ['a duration that is a word', { durationMs: '1 s' }],
    ['a negative duration', { durationMs: -1 }],
    ['images that are a number', { images: 5 }],
    ['images that are a list', { images: [image] }],
    ['an image that is null', { images: { web: null } }],
    ['a build key that is a number', { buildKey: 1 }],
    ['a proxy configuration that is a list', { proxyConfig: [] }],
    ['a measurement that is a number', { probe: 5 }],
    ['a measurement without a count', { probe: { ...probe, requests: undefined } }],
    ['a measurement with a word', { probe: { ...probe, maxMs: 'long' } }],
    ['a detail that is a number', { detail: 5 }],
  ])('an end with %s', (_, change) => {
    const content = `${text(started('a'))}${JSON.stringify({ ...finished('a', 'live'), ...change })}\n`;
    const ledger = parseLedger(content);
    expect(ledger).toMatchObject({ unreadable: 1, distrusted: 1 });
    expect([liveRelease(ledger), unfinishedRelease(ledger)?.id]).toEqual([undefined, 'a']);
    expect(unreadableText(ledger)).toContain('1 line of the ledger could not be read');
  });

  it('a torn line is no such entry', () => {
    expect(parseLedger('{"v":1,"event":"fini')).toEqual({ releases: [], unreadable: 1 });
  });
});

it('a service may have any name that Compose lets it have', () => {
  const previous = { commit: 'c', tree: 't', images: {}, services: ['-web', 'db.1'] };
  expect(parseLedger(text({ ...started('a'), previous }))).toMatchObject({
    unreadable: 0,
    releases: [{ previous }],
  });
});

it('fields that this version does not know are kept', () => {
  const line = JSON.stringify({ ...started('a'), mood: 'good' });
  expect(parseLedger(line)).toMatchObject({ unreadable: 0, releases: [{ id: 'a', mood: 'good' }] });
});

it('of two entries with the same id the later counts', () => {
  const content = text(
    started('a'),
    started('b'),
    started('a', { subject: 'again' }),
    finished('a', 'failed'),
    finished('a', 'live'),
  );
  expect(parseLedger(content)).toMatchObject({
    unreadable: 0,
    releases: [{ id: 'a', subject: 'again', finished: { outcome: 'live' } }, { id: 'b' }],
  });
});

describe('what serves, and what was not finished', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => started(id)) as [StartedEntry, StartedEntry, StartedEntry];
  it.each<{ title: string; entries: LedgerEntry[]; live?: string; unfinished?: string }>([
    { title: 'nothing', entries: [] },
    { title: 'the first under way', entries: [a], unfinished: 'a' },
    { title: 'one live', entries: [a, finished('a', 'live')], live: 'a' },
    {
      title: 'a failed one after it',
      entries: [a, finished('a', 'live'), b, finished('b', 'failed')],
      live: 'a',
    },
    {
      title: 'a restored one after it',
      entries: [a, finished('a', 'live'), b, finished('b', 'restored')],
      live: 'a',
    },
    { title: 'one under way after it', entries: [a, finished('a', 'live'), b], live: 'a', unfinished: 'b' },
    {
      title: 'a dead one that another has recovered from',
      entries: [a, b, finished('a', 'interrupted'), finished('b', 'live')],
      live: 'b',
    },
    {
      title: 'an old one that never ended',
      entries: [a, b, finished('b', 'live'), c, finished('c', 'live')],
      live: 'c',
    },
  ])('$title', ({ entries, live, unfinished }) => {
    const ledger = parseLedger(text(...entries));
    expect(liveRelease(ledger)?.id).toBe(live);
    expect(unfinishedRelease(ledger)?.id).toBe(unfinished);
  });
});
