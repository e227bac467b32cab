import * as z from 'zod';
import type { ScenarioRequest } from '../../bench/scenario.ts';
import { makeRequest } from '../../bench/scenario-request.ts';
import { isProblem, parseThreshold } from '../../bench/threshold-text.ts';
import { withoutUndefined, type ValueType } from '../value-types.ts';

const requestExpected = 'a path such as /api/products, or a map with path, method, weight, headers, body';

const text = z.string({ error: 'a text' });
const requestMap = z
  .strictObject(
    {
      path: text.meta({
        description: 'Path, with {n} for a counter and {random} for a random number.',
      }),
      method: text.meta({ description: 'GET, or POST with a body.' }).optional(),
      name: text.meta({ description: 'In reports; by default method and path.' }).optional(),
      weight: z
        .number({ error: 'a number' })
        .meta({ description: 'How often, relative to the other weights; by default 1.' })
        .optional(),
      headers: z
        .record(z.string(), text, { error: 'a map of names and values' })
        .meta({ description: 'Headers by name. No secrets: this file is shared.' })
        .optional(),
      body: text.meta({ description: 'What is sent, with the same placeholders.' }).optional(),
      random: z
        .tuple([z.int({ error: 'a whole number' }), z.int({ error: 'a whole number' })], {
          error: 'a pair of whole numbers such as [1, 200]',
        })
        .meta({ description: 'Smallest and largest number of {random}.' })
        .optional(),
    },
    { error: requestExpected },
  )
  .meta({ id: 'benchRequest' });

const request = z
  .union([text.transform((path) => ({ path })), requestMap], { error: requestExpected })
  .transform((written, context): ScenarioRequest => {
    const made = makeRequest(withoutUndefined(written));
    if (typeof made !== 'string') return made;
    context.addIssue({ code: 'custom', message: requestExpected, params: { reason: made } });
    return z.NEVER;
  });

/** Requests of a load test. */
export const benchRequests: ValueType<readonly ScenarioRequest[]> = {
  schema: z.array(request, { error: 'a list of requests' }),
  fromText: (given) => [given],
  show: (value) => value.map(({ name }) => name).join(', '),
};

const thresholdExpected = 'a threshold such as p95<300ms or errors<1%';

const threshold = z.string({ error: thresholdExpected }).transform((written, context) => {
  const parsed = parseThreshold(written);
  if (!isProblem(parsed)) return parsed.text;
  context.addIssue({ code: 'custom', message: thresholdExpected, params: { reason: parsed.next } });
  return z.NEVER;
});

/** Demands on a load test. */
export const benchThresholds: ValueType<readonly string[]> = {
  schema: z.union([threshold.transform((one) => [one]), z.array(threshold)], {
    error: 'a list of thresholds',
  }),
  fromText: (given) => [given],
  show: (value) => value.join(', '),
};
