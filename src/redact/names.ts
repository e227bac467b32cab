/** Secret wherever they are in a name. */
const anywhere =
  /passw(?:or)?d|passphrase|passcode|secret|api_?key|access_?key|private_?key|credential|requirepass|masterauth|(?:auth|access|refresh|bearer|csrf)token/;
const strongWords = new Set(
  'token tokens creds cred dsn webhook webhooks jwt bearer otp totp hmac pepper salt salts pwd pat mnemonic fernet auth authorization basicauth cookie cookies signature private key keys'.split(
    ' ',
  ),
);
/** Words that also have a harmless life; such a name is only secret if nothing behind them says otherwise. */
const weakWords = new Set(
  'auth authorization basicauth cookie cookies signature private key keys dsn pat'.split(' '),
);

/** A name that ends with this is about a secret: a value of that kind is none, another one is. */
const aboutEnds = new Set(
  'expire expires expiry expiration ttl age lifetime leeway minutes seconds hours days timeout interval length size count limit rounds iterations max min prefix suffix header headers file path dir directory url uri host port endpoint domain user username service version zone'.split(
    ' ',
  ),
);
/** … and with this it never is a secret. */
const harmlessEnds = new Set(
  'enabled required disabled optional verify type algorithm alg method name names samesite secure httponly backend backends class classes provider scheme schemes mode policy validators hashers model realm encryption order field fields column columns index rotation'.split(
    ' ',
  ),
);
/** `primary_key`, `proxy_cache_key`: keys that open nothing. */
const harmlessKeys =
  /(?:^|_)(?:primary|foreign|public|pub|cache|sort|partition|routing|index|unique|lookup|dict|natural|composite|group|order|row|hash|host|zone|registry|type|map|query|hot|shortcut)_?keys?$/;
const never = new Set(
  'pwd oldpwd proxy_pass fastcgi_pass uwsgi_pass scgi_pass grpc_pass memcached_pass'.split(' '),
);

/** `dbPassword`, `DB_PASSWORD`, `db-password`, `db.password` → `db_password`. */
function normal(name: string): string {
  return name
    .slice(0, 200)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .toLowerCase()
    .replaceAll(/^_+|_+$/g, '');
}

/** What a name says of its value. */
export interface NameVerdict {
  secret: boolean;
  /** It ends with `_ttl`, `_file`, `_url`: a value that looks like that is harmless. */
  about: boolean;
  /** Has only a word like `key` or `auth`: a path may well be harmless. */
  weak: boolean;
  /** Is nothing but that word: one short word may well be harmless too. */
  single: boolean;
  webhook: boolean;
}

const harmless: NameVerdict = { secret: false, about: false, weak: false, single: false, webhook: false };

/** Whether a variable, key, option or header of this name holds a secret. */
export function judgeName(name: string): NameVerdict {
  const text = normal(name);
  if (text === '' || never.has(text) || harmlessKeys.test(text)) return harmless;
  const words = text.split('_');
  const last = words.at(-1) ?? '';
  if (harmlessEnds.has(last)) return harmless;
  const about = aboutEnds.has(last);
  const strong =
    anywhere.test(text) ||
    last === 'pass' ||
    text.endsWith('token') ||
    words.some((word) => strongWords.has(word) && !weakWords.has(word));
  const weak = !strong && words.some((word) => weakWords.has(word));
  if (!strong && (!weak || about)) return harmless;
  return { secret: true, about, weak, single: weak && words.length === 1, webhook: text.includes('webhook') };
}

/** Short for `judgeName(name).secret`. */
export function isSecretName(name: string): boolean {
  return judgeName(name).secret;
}

const plainValue = /^(?:true|false|yes|no|on|off|null|none|nil|undefined|~|\*|-|redacted)$/i;
const number = /^-?\d+(?:\.\d+)?(?:[smhd]|ms)?$/;
const path =
  /^(?:\.{0,2}\/|[A-Za-z]:\\|~\/)[^\s:@]*$|^[\w./-]+\.(?:pem|key|crt|cert|pub|txt|json|ya?ml|env|conf|php|py|jks|p12)$/;
const ownPath =
  /^(?:\.{1,2}\/|~\/|\/(?:app|certs?|code|config|data|etc|home|keys|mnt|opt|root|run|secrets|srv|ssl|tmp|usr|var)\/)[\w./-]*$|^[\w./-]+\.(?:pem|key|crt|cert|pub)$/;
const url = /^[a-z][a-z\d+.-]*:\/\//i;

/** Whether the value of a secret name is harmless all the same: empty, a flag, a duration, the path of a file. */
export function isHarmlessValue({ about, weak, single, webhook }: NameVerdict, value: string): boolean {
  const text = value.trim();
  if (text === '' || plainValue.test(text)) return true;
  if (text.startsWith('/run/secrets/')) return true;
  if (about && (number.test(text) || path.test(text))) return true;
  if (weak && (ownPath.test(text) || /^\d{1,4}$/.test(text))) return true;
  if (single && /^[a-z][a-z -]{0,11}$/i.test(text)) return true;
  // The password inside of a URL has its own rule.
  return url.test(text) && !webhook;
}
