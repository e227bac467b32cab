import { looksPrivate } from './private-paths.ts';
import { codeOnly } from './python-code.ts';

/** A GET route of FastAPI or Flask whose answer is, as far as its code tells, the same for everybody. */
export interface PublicRoute {
  /** `/api/products/{product_id}`, as written. */
  path: string;
  /** Regular expression of its paths, without anchors: `/api/products/[0-9]+`. */
  pattern: string;
  at: { path: string; start: number; end: number };
}

export interface PublicRoutes {
  routes: readonly PublicRoute[];
  /** Answers have headers for the asking site, so the cache must tell those sites apart. */
  byOrigin: boolean;
}

/** Code that may make any route depend on who asks. */
const everywhere =
  /add_middleware\(\s*[\w.]{0,100}(?:session|auth|login|jwt|token|user|csrf|tenant|locale|lang)|@\w+\.(?:middleware|before_request|before_app_request|context_processor)\b|(?:FastAPI|Flask|APIRouter)\([^)]{0,2000}\bdependencies\s*=|\bsubdomain_matching\b/i;
/** Code of a route that looks at who asks, at more than the path and query, or at the clock. */
const personal =
  /\b(?:Depends|Security|Cookie|Header|Form|Body|File|UploadFile|Request|request|Response|StreamingResponse|FileResponse|RedirectResponse|HTMLResponse|WebSocket|render_template|redirect|g|current_user|current_identity|random|uuid\d?|secrets|utcnow|now|today)\b|\b\w*(?:cookie|token|login|auth(?!or)|jwt|session_id|user_id|tenant)\w*\b|time\.time\(|\byield\b/i;
const decorator =
  /^@(\w+)\.(get|route)\(\s*(?:path\s*=\s*)?(["'])(\/[^"'\\\n]*)\3\s*(?:,(.*))?\)\s*(?:#.*)?$/;

/** Finds them by their decorators in the sources of one service; what is not plain to see is left out. */
export function publicRoutes(files: readonly { path: string; text: string }[]): PublicRoutes {
  const code = files.map(({ path, text }) => ({ path, text, code: codeOnly(text) }));
  const byOrigin = code.some((file) => /CORSMiddleware|flask_cors/.test(file.code));
  if (code.some((file) => everywhere.test(file.code))) return { routes: [], byOrigin };
  return { routes: code.flatMap((file) => routesOf(file)), byOrigin };
}

function routesOf({ path, text, code }: { path: string; text: string; code: string }): PublicRoute[] {
  const apps = new Set(
    [...code.matchAll(/^(\w+)[^\n=]*=\s*(?:fastapi\.|flask\.)?(?:FastAPI|Flask)\(/gm)].map(
      ([, name]) => name,
    ),
  );
  if (apps.size === 0) return [];
  const flaskSession = /from\s+flask\s+import[^\n]*\bsession\b/.test(code);
  const found: PublicRoute[] = [];
  let offset = 0;
  let pending: { route: string; rest: string; start: number; end: number }[] = [];
  let foreign = false;
  const lines = text.split('\n');
  const codeLines = code.split('\n');
  for (const [index, line] of lines.entries()) {
    const start = offset;
    offset += line.length + 1;
    const bare = codeLines[index] ?? '';
    if (bare.startsWith('@')) {
      const match = decorator.exec(line.trimEnd());
      if (match && apps.has(match[1]))
        pending.push({
          route: match[4] ?? '',
          rest: match[5] ?? '',
          start,
          end: start + line.trimEnd().length,
        });
      else foreign = true;
      continue;
    }
    if (!/^(?:async\s+)?def\s/.test(bare)) {
      if (bare.trim() !== '' && /^\S/.test(bare)) {
        pending = [];
        foreign = false;
      }
      continue;
    }
    const body = bodyFrom(codeLines, index);
    if (!foreign && !personal.test(body) && !(flaskSession && /\bsession\b/.test(body)))
      for (const { route, rest, start: from, end } of pending) {
        const pattern = plainGet(rest) ? patternOf(route, body) : undefined;
        if (pattern !== undefined) found.push({ path: route, pattern, at: { path, start: from, end } });
      }
    pending = [];
    foreign = false;
  }
  return found;
}

/** The lines of a function at the left margin, its signature included. */
function bodyFrom(lines: readonly string[], first: number): string {
  let last = first + 1;
  while (last < lines.length && !/^[^\s)\]}]/.test(lines[last] ?? '')) last += 1;
  return lines.slice(first, last).join('\n');
}

/** Arguments of a decorator that change nothing about who gets what. */
function plainGet(rest: string): boolean {
  if (/methods\s*=/.test(rest) && !/methods\s*=\s*[[(]\s*["']GET["']\s*,?\s*[\])]/i.test(rest)) return false;
  return !/dependencies|response_class|status_code|defaults|host\s*=|subdomain/.test(rest);
}

/** `/api/products/{product_id}` → `/api/products/[0-9]+` where the code says `product_id: int`. */
function patternOf(route: string, code: string): string | undefined {
  if (!/^\/(?:api|v\d+)\//.test(route) || looksPrivate(route.replaceAll(/[{}<>]/g, ''))) return undefined;
  const parts = route.split('/').slice(1);
  const patterns = parts.map((part) => {
    const parameter = /^(?:\{(\w+)(?::(\w+))?\}|<(?:(\w+):)?(\w+)>)$/.exec(part);
    if (!parameter) return /^[\w.-]+$/.test(part) ? part.replaceAll('.', '\\.') : undefined;
    const kind = parameter[2] ?? parameter[3];
    if (kind === 'path') return undefined;
    const name = parameter[1] ?? parameter[4] ?? '';
    const integer = kind === 'int' || new RegExp(`\\b${name}\\s*:\\s*int\\b`).test(code);
    return integer ? '[0-9]+' : '[^/]+';
  });
  return patterns.includes(undefined) ? undefined : `/${patterns.join('/')}`;
}

/** One expression for all: `^(?:/api/products(?:/[0-9]+)?|/api/tags)$`. */
export function onePattern(patterns: readonly string[]): string {
  const all = new Set(patterns);
  const parts = [...all]
    .filter((pattern) => !(/\/\[[^\]]*\]\+$/.test(pattern) && all.has(parent(pattern))))
    .map((pattern) => {
      const below = [...all].filter(
        (other) => other !== pattern && /\/\[[^\]]*\]\+$/.test(other) && parent(other) === pattern,
      );
      const [child] = below;
      return child === undefined ? pattern : `${pattern}(?:${child.slice(pattern.length)})?`;
    });
  const [only = ''] = parts;
  return parts.length === 1 ? `^${only}$` : `^(?:${parts.join('|')})$`;
}

function parent(pattern: string): string {
  return pattern.replace(/\/\[[^\]]*\]\+$/, '');
}
