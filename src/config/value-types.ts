import * as z from 'zod';
import type { HostConfig, Threshold } from './config.ts';
import { Secret } from './secret.ts';
import { durationPattern, formatDuration, parseDuration } from './values/duration.ts';
import {
  addressProblem,
  parseWrittenEndpoint,
  userProblem,
  type WrittenEndpoint,
} from './values/endpoint.ts';
import { gitNameProblem } from './values/git-name.ts';
import { parsePrivateKey } from './values/private-key.ts';
import { absolutePathProblem, appFileProblem, tidyPath } from './values/server-path.ts';
import { formatSize, parseSize, sizePattern } from './values/size.ts';

/**
 * One kind of value. `schema` reads what YAML gives (its messages complete "expected …"), `fromText` turns the
 * text of a variable or flag into what YAML would have given.
 */
export interface ValueType<T> {
  schema: z.ZodType<T>;
  fromText(text: string): unknown;
  /** Spelling for people, as ops.yaml takes it. */
  show(value: T): string;
  /** Never shown, not even in an error. */
  secret?: true;
  /** A path on the operator's machine: relative ones start at the file that names them. */
  localPath?: true;
}

const asIs = (text: string): unknown => text;

/** Adds an issue whose `reason` tells why the value is not what was expected. */
function refuse(context: z.RefinementCtx, expected: string, reason: string): never {
  context.addIssue({ code: 'custom', message: expected, params: { reason } });
  return z.NEVER;
}

/** A string for which `problem` finds nothing wrong, rewritten by `tidy`. */
function checkedString(
  expected: string,
  problem: (text: string) => string | undefined,
  tidy: (text: string) => string = (text) => text,
): z.ZodType<string> {
  return z.string({ error: expected }).transform((text, context) => {
    const reason = problem(text);
    return reason === undefined ? tidy(text) : refuse(context, expected, reason);
  });
}

function pattern(expected: string, regex: RegExp): z.ZodType<string> {
  return z.string({ error: expected }).regex(regex, { error: expected });
}

function ofString(schema: z.ZodType<string>): ValueType<string> {
  return { schema, fromText: asIs, show: (value) => value };
}

/** A list; one value may stand alone. `separator` splits the text of a variable or flag. */
function listOf<T>(
  item: z.ZodType<T>,
  expected: string,
  separator: RegExp | undefined,
  showItem: (value: T) => string = String,
): ValueType<readonly T[]> {
  const error = `a list of ${expected}`;
  const single = item.transform((value) => [value]);
  return {
    schema: z.union([single, z.array(item, { error })], { error }),
    fromText: (text) => (separator === undefined ? [text] : split(text, separator)),
    show: (value) => value.map(showItem).join(', '),
  };
}

function split(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const words = /[,\s]/;
const booleanWords = new Map<string, boolean>([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

export const boolean: ValueType<boolean> = {
  schema: z.boolean({ error: 'true or false' }),
  fromText: (text) => booleanWords.get(text.toLowerCase()) ?? text,
  show: String,
};

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number, what = 'a whole number'): ValueType<number> {
  const error = max === Number.MAX_SAFE_INTEGER ? `${what}, ${min} or more` : `${what} from ${min} to ${max}`;
  return {
    schema: z.int({ error }).min(min, { error }).max(max, { error }),
    fromText: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
    show: String,
  };
}

export const port = integer(1, 65_535, 'a port');

/** Milliseconds, at least `min`. */
export function duration(min = 0): ValueType<number> {
  const expected = 'a duration such as 30s, 500ms or 2m (a number counts seconds)';
  const written = z.union([z.number().meta({ minimum: 0 }), z.string().meta({ pattern: durationPattern })], {
    error: expected,
  });
  return {
    schema: written.transform((input, context) => {
      const ms = parseDuration(input);
      if (ms === undefined) return refuse(context, expected, '');
      return ms < min ? refuse(context, expected, `at least ${formatDuration(min)}`) : ms;
    }),
    fromText: asIs,
    show: formatDuration,
  };
}

/** MiB. */
export const size: ValueType<number> = (() => {
  const expected = 'a size such as 500M or 2G (a number counts MiB)';
  const written = z.union([z.number().meta({ minimum: 0 }), z.string().meta({ pattern: sizePattern })], {
    error: expected,
  });
  return {
    schema: written.transform((input, context) => parseSize(input) ?? refuse(context, expected, '')),
    fromText: asIs,
    show: formatSize,
  };
})();

export function oneOf<const T extends string>(...values: readonly T[]): ValueType<T> {
  return { schema: z.enum(values, { error: alternatives(values) }), fromText: asIs, show: (value) => value };
}

/** `rolling or recreate`; `a, b or c`. */
export function alternatives(values: readonly string[]): string {
  return values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

export function listOfOneOf<const T extends string>(...values: readonly T[]): ValueType<readonly T[]> {
  return listOf(z.enum(values, { error: alternatives(values) }), alternatives(values), words);
}

/** A path on the server below which nothing else may happen than what the app does. */
export const serverDirectory = ofString(
  checkedString('an absolute directory on the server such as /srv/app', absolutePathProblem, tidyPath),
);

const appFile = checkedString(
  'a file below the app directory, or an absolute path',
  appFileProblem,
  tidyPath,
);

/** Files on the server. Variables may separate them by comma, colon (as COMPOSE_FILE does) or semicolon (as on Windows). */
export const appFiles: ValueType<readonly string[]> = {
  ...listOf(appFile, 'files below the app directory', /[,;:]/),
  // A Windows path is handed on whole, so that the message can name it.
  fromText: (text) => (/(?:^|[,;])[A-Za-z]:[\\/]/.test(text) ? [text] : split(text, /[,;:]/)),
};

export const branch = ofString(checkedString('a branch name', gitNameProblem));
export const remote = ofString(checkedString('the name of a git remote such as origin', gitNameProblem));

const serviceName = pattern('a service name (letters, digits, _ . -)', /^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/);
export const service = ofString(serviceName);
export const services = listOf(serviceName, 'service names', words);
export const project = ofString(
  pattern('a Compose project name (lower case letters, digits, _ -)', /^[a-z0-9][a-z0-9_-]*$/),
);
export const profiles = listOf(
  pattern('a profile name (letters, digits, _ . -)', /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/),
  'profile names',
  words,
);

/** A base URL without the slash at its end. */
export const url: ValueType<string> = (() => {
  const expected = 'a URL such as https://shop.example.com';
  return ofString(checkedString(expected, urlProblem, (text) => text.replace(/\/+$/, '')));
})();

function urlProblem(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return 'it does not begin with http:// or https://';
  if (!URL.canParse(text)) return '';
  const parsed = new URL(text);
  if (parsed.username !== '' || parsed.password !== '') return 'user and password do not belong there';
  if (parsed.search !== '' || parsed.hash !== '') return 'it is a base: no ? or # part';
  return undefined;
}

/** A path of the site. */
export const urlPath = ofString(
  checkedString('a path of the site such as /health', (text) => {
    if (/^[A-Za-z]:[\\/]/.test(text)) {
      return 'that is a path of Windows; Git Bash makes such paths of /health unless MSYS_NO_PATHCONV=1 is set';
    }
    if (!text.startsWith('/')) return 'it does not begin with /';
    return /^[\u0021-\u007E]+$/.test(text)
      ? undefined
      : 'it has a space or another character that must be encoded';
  }),
);

const command = checkedString('a command', commandProblem);

function commandProblem(text: string): string | undefined {
  if (text.trim() === '') return 'it is empty';
  return text.includes('\u0000') ? 'it has a null character in it' : undefined;
}

/** One text for `sh -c`, or a list of words. */
export const containerCommand: ValueType<string | readonly string[]> = {
  schema: z.union(
    [
      command,
      z.array(z.string({ error: 'a word' }), { error: 'words' }).min(1, { error: 'at least one word' }),
    ],
    {
      error: 'a command, as one text or as a list of words',
    },
  ),
  fromText: asIs,
  show: (value) => (typeof value === 'string' ? value : value.map((word) => JSON.stringify(word)).join(' ')),
};

/** Commands on the operator's machine. */
export const localCommands = listOf(command, 'commands', undefined);

const localPath = checkedString('a file on this machine', (text) => {
  if (text.trim() === '') return 'it is empty';
  if (!/[\u0000-\u001F]/.test(text)) return undefined;
  return 'it has a control character in it; in double quotes, .env and YAML read \\n and \\t as such';
});
export const localFile: ValueType<string> = { ...ofString(localPath), localPath: true };

export const user = ofString(checkedString('a user name of the server', userProblem));
export const hostKey = ofString(
  pattern(
    'a fingerprint such as SHA256:… with 43 letters, as `ssh-keygen -lf` prints it',
    /^SHA256:[A-Za-z0-9+/]{43}=?$/,
  ).transform((text) => text.replace(/=$/, '')),
);

const jumpExpected = 'a jump host such as user@bastion.example.com:22';
const jumpHost = checkedString(jumpExpected, (text) => {
  const parsed = parseWrittenEndpoint(text);
  return typeof parsed === 'string' ? parsed : undefined;
});
// `ssh -J` takes commas, so one text may name several.
const jumpHosts = z.string({ error: jumpExpected }).transform((text, context) =>
  split(text, words).map((part) => {
    const parsed = parseWrittenEndpoint(part);
    return typeof parsed === 'string' ? refuse(context, jumpExpected, parsed) : part;
  }),
);
export const jump: ValueType<readonly string[]> = {
  schema: z.union([jumpHosts, z.array(jumpHost, { error: 'a list of jump hosts' })], {
    error: 'a list of jump hosts',
  }),
  fromText: (text) => text,
  show: (value) => value.join(', '),
};

export const secretText: ValueType<Secret> = {
  schema: z.string({ error: 'a text' }).transform((text) => new Secret(text)),
  fromText: asIs,
  show: String,
  secret: true,
};

export const privateKey: ValueType<Secret> = {
  schema: z.string({ error: 'the text of a private key' }).transform((text, context) => {
    const key = parsePrivateKey(text);
    return key === undefined
      ? refuse(
          context,
          'the text of a private key (-----BEGIN … PRIVATE KEY----- to -----END …), or that in base64',
          '',
        )
      : new Secret(key);
  }),
  fromText: asIs,
  show: String,
  secret: true,
};

/** Hosts at a time: `1`, or `25%`. */
export const batch: ValueType<string> = (() => {
  const expected = 'a number of hosts such as 1, or a share such as 25%';
  return {
    schema: z
      .union([z.number(), z.string().meta({ pattern: String.raw`^\d+%?$` })], { error: expected })
      .transform((input, context) => {
        const text = String(input).trim();
        const amount = /^(\d{1,4})(%?)$/.exec(text);
        if (amount === null) return refuse(context, expected, '');
        if (Number(amount[1]) === 0) return refuse(context, expected, 'no host would ever have its turn');
        if (amount[2] === '%' && Number(amount[1]) > 100) return refuse(context, expected, 'more than all');
        return `${Number(amount[1])}${amount[2]}`;
      }),
    fromText: asIs,
    show: (value) => value,
  };
})();

/** Values of `--build-arg`. */
export const buildArgs: ValueType<Readonly<Record<string, string>>> = {
  schema: z.record(
    z.string().regex(/^[A-Za-z_]\w*$/, { error: 'a name of letters, digits and _' }),
    z
      .union([z.string(), z.number(), z.boolean()], { error: 'a text, number, true or false' })
      .transform(String),
    { error: 'a map of names and values' },
  ),
  fromText: asIs,
  show: (value) =>
    Object.entries(value)
      .map(([name, text]) => `${name}=${text}`)
      .join(', '),
};

/** Thresholds by check id. */
export function thresholds(ids: readonly string[]): ValueType<Readonly<Record<string, Threshold>>> {
  const limit = (description: string) => z.number({ error: 'a number' }).meta({ description }).optional();
  const threshold = z.strictObject(
    {
      warn: limit('The check warns beyond this value.'),
      fail: limit('The check fails beyond this value.'),
    },
    { error: 'a map with warn and fail' },
  );
  return {
    schema: z.strictObject(Object.fromEntries(ids.map((id) => [id, threshold.optional()])), {
      error: 'a map of check ids',
    }) as z.ZodType<Readonly<Record<string, Threshold>>>,
    fromText: asIs,
    show: (value) => Object.keys(value).join(', '),
  };
}

/** A host as written: what is missing comes from the settings of `ssh`. */
export type WrittenHost = Omit<HostConfig, 'name'> & { name?: string };

const hostExpected = 'a host such as deploy@203.0.113.5:22, or a map with address, user, port';

const hostText = z.string({ error: hostExpected }).transform((text, context): WrittenEndpoint | never => {
  const parsed = parseWrittenEndpoint(text);
  return typeof parsed === 'string' ? refuse(context, hostExpected, parsed) : parsed;
});

const hostMap = z
  .strictObject(
    {
      address: checkedString('a host name, IP address or SSH alias', addressProblem).meta({
        description: 'Host name, IP address, or alias of ~/.ssh/config.',
      }),
      name: pattern('a name (letters, digits, _ . -)', /^[A-Za-z0-9][\w.-]*$/)
        .meta({ description: 'The name shown to people; by default the address.' })
        .optional(),
      user: user.schema.meta({ description: 'SSH user of this host.' }).optional(),
      port: port.schema.meta({ description: 'SSH port of this host.' }).optional(),
      key_file: localPath.meta({ description: 'Private key file of this host.' }).optional(),
      jump: jump.schema.meta({ description: 'Jump hosts in order, user@host:port.' }).optional(),
      host_key: hostKey.schema.meta({ description: 'Trust exactly this fingerprint, SHA256:….' }).optional(),
    },
    { error: hostExpected },
  )
  .meta({ id: 'host' })
  .transform(({ key_file, host_key, ...rest }): WrittenHost =>
    withoutUndefined({ ...rest, keyFile: key_file, hostKey: host_key }),
  );

/** Drops keys without a value, as exact optional types want it. */
export function withoutUndefined<T extends object>(input: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as T;
}

export const hosts: ValueType<readonly WrittenHost[]> = listOf<WrittenHost>(
  z.union([hostText, hostMap], { error: hostExpected }),
  'hosts',
  words,
  (host) => host.address,
);
