import { z } from 'zod';
import type { FinishedEntry, StartedEntry } from './entry.ts';

const text = z.string();
/** What a release is found, named and put back by; it becomes a word of git or Docker, and never an option of them. */
const name = text.regex(/^[^-\0-\u001F\u007F][^\0-\u001F\u007F]*$/);
const amount = z.number().nonnegative();

const images = z.record(text, z.looseObject({ id: name, tag: name, name: name.exactOptional() }));

const snapshot = z.looseObject({
  release: name.exactOptional(),
  commit: name,
  tree: name,
  branch: name.exactOptional(),
  images,
  // Compared only: Compose lets the name of a service begin with a dash.
  services: z.array(text).exactOptional(),
});

const probe = z.looseObject({
  requests: amount,
  failed: amount,
  longestGapMs: amount,
  p50Ms: amount,
  p95Ms: amount,
  maxMs: amount,
  servedBefore: z.boolean(),
});

const started = z.looseObject({
  v: z.literal(1),
  event: z.literal('started'),
  id: name,
  kind: z.enum(['deploy', 'rollback']),
  commit: name,
  tree: name,
  subject: text,
  ref: text,
  by: text,
  at: text,
  run: name,
  previous: snapshot.exactOptional(),
  undone: z.array(name).exactOptional(),
  made: z.array(name).exactOptional(),
}) satisfies z.ZodType<StartedEntry>;

const finished = z.looseObject({
  v: z.literal(1),
  event: z.literal('finished'),
  id: name,
  outcome: z.enum(['live', 'failed', 'restored', 'interrupted']),
  at: text,
  durationMs: amount,
  images: images.exactOptional(),
  buildKey: text.exactOptional(),
  proxyConfig: text.exactOptional(),
  probe: probe.exactOptional(),
  detail: text.exactOptional(),
}) satisfies z.ZodType<FinishedEntry>;

/**
 * A whole entry, every field of its kind. An entry decides what is put back when a release fails: one that is right in
 * parts is not believed in any. Fields that this version does not know are kept.
 */
export const entrySchema = z.discriminatedUnion('event', [started, finished]);
