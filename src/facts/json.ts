import { z } from 'zod';

/** Text that can be a word of a shell script: without NUL. */
export const plainText = z.string().regex(/^[^\0]*$/);

/**
 * JSON as a server printed it, with the kinds of value that the fact goes by.
 *
 * @throws Error with the first place that is of another kind
 */
export function readJson<Schema extends z.ZodType>(schema: Schema, json: string): z.infer<Schema> {
  const { data, error } = schema.safeParse(JSON.parse(json));
  const issue = error?.issues[0];
  if (issue) throw new Error(`${issue.path.join('.')}: ${issue.message}`);
  return data as z.infer<Schema>;
}
