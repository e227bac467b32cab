import type { Range } from './ranges.ts';

/** Secrets that their own form gives away, whatever file and name they are in. */
const shapes: readonly RegExp[] = [
  // JSON Web Token
  /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g,
  // AWS access key ids
  /\b(?:AKIA|ASIA|AROA|AIDA|AGPA)[A-Z0-9]{12,}\b/g,
  // GitHub, GitLab, npm, PyPI, Hugging Face, DigitalOcean, Docker Hub
  /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|npm_\w{20,}|pypi-[\w-]{16,}|hf_\w{20,}|do[opr]_v1_[0-9a-f]{32,}|dckr_pat_[\w-]{16,})/g,
  // Slack, Stripe, SendGrid, Twilio, Google, OpenAI and Anthropic, Mailgun, Telegram, age
  /\bxox[a-z]-[\w-]{8,}|\bxapp-[\w-]{8,}/g,
  /\b(?:[rsp]k_(?:live|test)_\w{8,}|whsec_[\w+/=]{8,})/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  /\bSK[0-9a-f]{32}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\bsk-[\w-]{20,}/g,
  /\bkey-[0-9a-f]{32}\b/g,
  /\b\d{8,10}:[\w-]{35}\b/g,
  /\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/g,
  // Password hashes: crypt, bcrypt, argon2, htpasswd; Compose doubles the dollar
  /\$\$?(?:apr1|argon2\w{1,2}|2[abxy]|[156y])\$\$?[^\s"',:]{8,}/g,
  /\{SHA\}[\w+/=]{20,}/g,
  // Paths of webhooks
  /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[\w/-]+/g,
  /(?<=discord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/g,
  /(?<=webhook\.office\.com\/)[\w/@-]+/g,
];

/** `Authorization: Basic dXNlcjpw`, `"Bearer abc…"`. */
const scheme = /\b(?:Basic|Bearer|Token|ApiKey)\s+([\w+/=.~:-]{6,})/gi;
const schemeWords =
  /^(?:realm|auth|authentication|authorization|token|tokens|scheme|error|required|redacted|format|string|header|headers|credentials|access|login)\b/i;

const pemBegin = /-----BEGIN [A-Z0-9 ]{1,60}-----/g;

/** Everything in a text that is a secret by its own form. */
export function patternRanges(text: string): Range[] {
  const ranges: Range[] = [];
  for (const shape of shapes)
    for (const { index, 0: found } of text.matchAll(shape))
      ranges.push({ start: index, end: index + found.length });
  for (const { index, 0: found, 1: credentials = '' } of text.matchAll(scheme))
    // Prose is not credentials: those have a digit, a capital inside, or padding.
    if (!schemeWords.test(credentials) && /\d|[a-z][A-Z]|=$/.test(credentials))
      ranges.push({ start: index + found.length - credentials.length, end: index + found.length });
  let end = 0;
  for (const { index, 0: begin } of text.matchAll(pemBegin)) {
    const start = index + begin.length;
    if (end !== -1 && end < start) end = text.indexOf('-----END ', start);
    ranges.push({ start, end: end === -1 ? endOfBase64(text, start) : end });
  }
  return [...ranges, ...userInfoRanges(text)];
}

/** A block that was cut off: all lines that look like its content. */
function endOfBase64(text: string, start: number): number {
  const rest = /^(?:\\n|\s|[\w+/=:,-])*/.exec(text.slice(start, start + 20_000))?.[0] ?? '';
  return start + rest.length;
}

const urlStart = /\b([a-z][a-z\d+.-]{1,30}):\/\//gi;
const web = /^(?:https?|wss?|ftps?|git\+https?|ssh|git)$/i;
const template =
  /^(?:\$\$?\{[^}]*\}|\$\$?\w+|\$\$?\([^)]*\)|\{+[^{}]*\}+|%s|%\(\w+\)s|<[^<>]*>|\*+|redacted)$/;

/** Passwords in URLs: `postgresql://user:password@host`; a lone user of the web's schemes is a token. */
function userInfoRanges(text: string): Range[] {
  const ranges: Range[] = [];
  for (const { index, 0: found, 1: name = '' } of text.matchAll(urlStart)) {
    const start = index + found.length;
    const word = /^[^\s"'`<>|\\]{0,600}/.exec(text.slice(start, start + 600))?.[0] ?? '';
    // Interpolated parts may hold any character.
    const masked = word.replaceAll(/\$\{[^}]*\}|\{[^{}]*\}/g, (part) => '\u0000'.repeat(part.length));
    const authority = web.test(name) ? masked.search(/[/?#]/) : -1;
    const at = (authority === -1 ? masked : masked.slice(0, authority)).lastIndexOf('@');
    if (at === -1) continue;
    const colon = masked.indexOf(':');
    if (colon === -1 || colon > at) {
      const user = word.slice(0, at);
      if (web.test(name) && !/^ssh$|^git$/i.test(name) && user !== 'git' && !template.test(user))
        ranges.push({ start, end: start + at });
      continue;
    }
    const password = word.slice(colon + 1, at);
    if (password === '' || template.test(password)) continue;
    // `${PASSWORD:-default}@` is a matter of interpolation.
    if (/^\$\{[^}]*\}$/.test(password)) continue;
    ranges.push({ start: start + colon + 1, end: start + at });
    // GitHub and Sentry take the secret as the user.
    if (web.test(name) && word.slice(0, colon).length >= 20) ranges.push({ start, end: start + colon });
  }
  return ranges;
}
