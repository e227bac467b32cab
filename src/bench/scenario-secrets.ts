import { isSecretName } from '../redact/names.ts';
import type { Scenario } from './scenario.ts';

/** In the place of a header's value that lets somebody in. */
const hidden = '***';

/**
 * A scenario without what lets somebody in: the values of such headers, and user and password in the URL. Bodies stay,
 * for they are part of what is asked.
 */
export function withoutSecrets(scenario: Scenario): Scenario {
  return {
    ...scenario,
    url: withoutUser(scenario.url),
    requests: scenario.requests.map((request) => ({
      ...request,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, isSecretName(name) ? hidden : value]),
      ),
    })),
  };
}

function withoutUser(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}
