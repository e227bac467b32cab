import type { ProxiedLocation } from '../../readers/nginx/locations.ts';
import { pythonSources } from '../../stack/python-files.ts';
import type { Service, Stack } from '../../stack/stack.ts';
import { serviceBehind } from './proxy.ts';

/** All Python sources of a service: of its build context, or of what is mounted into it. */
export function sources(
  { files }: Stack,
  service: Service | undefined,
): readonly { path: string; text: string }[] {
  return service ? pythonSources(files, service.compose) : [];
}

const streaming =
  /text\/event-stream|EventSourceResponse|sse_starlette|@\w+\.websocket\(|WebsocketConsumer|flask_socketio|socketio\.(?:Async)?Server|import websockets/;

/** Whether the app behind a location answers with server-sent events or websockets, by its sources. */
export function streams(stack: Stack, location: ProxiedLocation): boolean {
  return sources(stack, serviceBehind(stack, location)).some(({ text }) => streaming.test(text));
}

const login =
  /set_cookie|SessionMiddleware|login_required|LoginManager|flask_login|OAuth2PasswordBearer|HTTPBearer|HTTPBasic|APIKey(?:Header|Cookie)|django\.contrib\.(?:auth|sessions)|current_user|request\.(?:user|cookies|session)|request\.headers[^\n]{0,40}(?:authori[sz]ation|api-?key|token|cookie)|jwt|\bsession\[/i;

/** Whether people log in to the app behind a location; undefined: its sources are not here. */
export function hasLogin(stack: Stack, location: ProxiedLocation): boolean | undefined {
  const files = sources(stack, serviceBehind(stack, location));
  return files.length === 0 ? undefined : files.some(({ text }) => login.test(text));
}

/** Code that serves static files through the app, or a directory for them that the app serves by default. */
export function servesStatic(
  stack: Stack,
  service: Service | undefined,
): { path: string; start: number; end: number; text: string } | undefined {
  for (const { path, text } of sources(stack, service)) {
    const match =
      /^[^#\n]*(?:\bStaticFiles\(|\bstatic_folder\s*=|whitenoise\.middleware|\bstatic\(\s*settings\.STATIC_URL|\bsend_from_directory\()/m.exec(
        text,
      );
    if (match) return { path, start: match.index, end: match.index + match[0].length, text: match[0].trim() };
  }
  return undefined;
}
