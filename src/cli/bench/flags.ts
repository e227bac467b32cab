import { boolean, integer, string } from '@oclif/core/flags';
import { durationFlag } from '../duration-flag.ts';

const load = 'LOAD';
const requests = 'REQUESTS';

/** What is asked, how, and what is expected. */
export const benchFlags = {
  rate: integer({
    summary: 'Requests a second, whether or not earlier ones are answered; default 10.',
    min: 1,
    max: 100_000,
    helpValue: 'NUMBER',
    helpGroup: load,
    exclusive: ['connections', 'ramp'],
  }),
  connections: integer({
    summary: 'So many clients instead: each asks again when its last request was answered.',
    min: 1,
    max: 10_000,
    helpValue: 'NUMBER',
    helpGroup: load,
    exclusive: ['rate', 'ramp'],
  }),
  think: durationFlag({
    summary: 'Pause of such a client between an answer and its next request; default none.',
    helpGroup: load,
    dependsOn: ['connections'],
    min: 0,
  }),
  ramp: string({
    summary:
      'Rates that go up step by step until the site does not keep up: 10:500, or 10:500:20 in steps of 20.',
    helpValue: 'FROM:TO',
    helpGroup: load,
    exclusive: ['rate', 'connections', 'requests'],
  }),
  duration: durationFlag({
    summary: 'Time to measure; default 10s. With --ramp, of each step; default 5s.',
    helpGroup: load,
    exclusive: ['requests'],
  }),
  requests: integer({
    summary: 'End after this many requests instead.',
    min: 1,
    max: 10_000_000,
    helpValue: 'NUMBER',
    helpGroup: load,
  }),
  'warm-up': durationFlag({
    summary: 'Time to ask before measuring begins; default 2s.',
    helpGroup: load,
    min: 0,
  }),
  'no-stop': boolean({
    summary: 'Go on when more than 5 % of the last 100 requests fail.',
    helpGroup: load,
  }),
  method: string({
    char: 'X',
    summary: 'Method of the requests; default GET, with --body POST.',
    helpValue: 'NAME',
    helpGroup: requests,
  }),
  header: string({
    char: 'H',
    summary: 'A header of every request: "Accept: text/html"; may be repeated.',
    helpValue: 'HEADER',
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: requests,
  }),
  body: string({
    char: 'd',
    summary: 'What is sent; {n} is a counter, {random} a number.',
    helpValue: 'TEXT',
    helpGroup: requests,
  }),
  timeout: durationFlag({ summary: 'Longest wait for one answer; default 10s.', helpGroup: requests }),
  ca: string({
    summary: 'Certificates in PEM that are trusted instead of the usual ones.',
    helpValue: 'FILE',
    helpGroup: requests,
  }),
  'allow-writes': boolean({
    summary: 'Allow methods that may change something (POST, PUT, DELETE, …).',
    helpGroup: requests,
  }),
  threshold: string({
    summary: 'What the run must reach: p95<300ms, errors<1%, rps>200, p95{GET /}<50ms; may be repeated.',
    helpValue: 'TEXT',
    multiple: true,
    multipleNonGreedy: true,
  }),
  yes: boolean({
    char: 'y',
    aliases: ['i-own-this'],
    summary: 'The site is yours, also if no target names it (also --i-own-this).',
  }),
};

/** Values of these flags. */
export interface BenchFlags {
  rate?: number | undefined;
  connections?: number | undefined;
  think?: number | undefined;
  ramp?: string | undefined;
  duration?: number | undefined;
  requests?: number | undefined;
  'warm-up'?: number | undefined;
  'no-stop'?: boolean;
  method?: string | undefined;
  header?: string[] | undefined;
  body?: string | undefined;
  timeout?: number | undefined;
  'allow-writes'?: boolean;
  threshold?: string[] | undefined;
}
