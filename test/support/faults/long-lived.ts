import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { shopFile } from './world.ts';

/** The shop with pages that go on for long: a WebSocket that echoes, a stream of events, an upload that is counted. */
export const longLivedShop: Readonly<Record<string, string>> = {
  'backend/main.py': `${shopFile('backend/main.py')}

import asyncio

from fastapi import Request, WebSocket, WebSocketDisconnect


@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.get("/events")
async def events():
    async def each():
        count = 0
        while True:
            yield f"data: {count}\\n\\n".encode()
            count += 1
            await asyncio.sleep(0.2)

    return StreamingResponse(each(), media_type="text/event-stream")


@app.post("/upload")
async def upload(request: Request):
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return {"bytes": size}
`,
  'nginx/nginx.conf': shopFile('nginx/nginx.conf').replace(
    '    location / {',
    `    location = /ws {
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_pass http://backend;
    }

    location = /events {
      proxy_buffering off;
      proxy_pass http://backend;
    }

    location = /upload {
      client_max_body_size 100m;
      proxy_request_buffering off;
      proxy_pass http://backend;
    }

    location / {`,
  ),
};

/** How something that goes on for long came to its end. */
export interface LongEnd {
  how: 'whole' | 'cut';
  /** What the client was told: a close code, an error. */
  detail: string;
  /** From its begin, milliseconds. */
  lastedMs: number;
  /** Messages or bytes that arrived. */
  arrived: number;
  /** Messages that were sent and not answered. */
  unanswered: number;
}

/** An echo every 100 ms until the server closes it. */
export async function webSocket(base: string): Promise<{ open: Promise<void>; ended: Promise<LongEnd> }> {
  const socket = new WebSocket(`${base.replace('http:', 'ws:')}/ws`);
  const began = performance.now();
  let sent = 0;
  let arrived = 0;
  const open = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('The WebSocket did not open.')));
  });
  socket.addEventListener('message', () => (arrived += 1));
  const ended = new Promise<LongEnd>((resolve) => {
    const timer = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(String((sent += 1)));
    }, 100);
    socket.addEventListener('close', ({ code }) => {
      clearInterval(timer);
      resolve({
        how: 'cut',
        detail: `close code ${code}`,
        lastedMs: performance.now() - began,
        arrived,
        unanswered: sent - arrived,
      });
    });
  });
  return await Promise.resolve({ open, ended });
}

/** A GET whose answer goes on for long; whole when it came to its end by itself. */
export function download(url: string): Promise<LongEnd> {
  const began = performance.now();
  return new Promise((resolve) => {
    let arrived = 0;
    const end = (how: LongEnd['how'], detail: string): void => {
      resolve({ how, detail, lastedMs: performance.now() - began, arrived, unanswered: 0 });
    };
    request(url, { agent: false }, (response: IncomingMessage) => {
      response.on('data', (chunk: Buffer) => (arrived += chunk.length));
      response.on('error', (error: NodeJS.ErrnoException) => end('cut', error.code ?? error.message));
      response.on('end', () => end(response.complete ? 'whole' : 'cut', `HTTP ${response.statusCode ?? 0}`));
    })
      .on('error', (error: NodeJS.ErrnoException) => end('cut', error.code ?? error.message))
      .end();
  });
}

/** A POST whose body takes that long, 10 KB every 100 ms; whole when the app has counted every byte. */
export function upload(base: string, seconds: number): Promise<LongEnd> {
  const began = performance.now();
  const piece = Buffer.alloc(10_000, 'x');
  return new Promise((resolve) => {
    let sent = 0;
    const end = (how: LongEnd['how'], detail: string, arrived: number): void => {
      resolve({ how, detail, lastedMs: performance.now() - began, arrived, unanswered: 0 });
    };
    const sending = request(`${base}/upload`, { agent: false, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', (error) => end('cut', error.message, 0));
      response.on('end', () => {
        const arrived = response.statusCode === 200 ? (JSON.parse(text) as { bytes: number }).bytes : 0;
        end(arrived === sent ? 'whole' : 'cut', `HTTP ${response.statusCode ?? 0}`, arrived);
      });
    });
    sending.on('error', (error: NodeJS.ErrnoException) => end('cut', error.code ?? error.message, 0));
    void (async () => {
      for (let index = 0; index < seconds * 10 && !sending.destroyed; index += 1) {
        sending.write(piece);
        sent += piece.length;
        await sleep(100);
      }
      sending.end();
    })();
  });
}

/**
 * GETs one after another without a pause, in raw HTTP, until `signal` ends it. One that met a kept connection which the
 * server closed just then, before a byte of an answer, is sent again over a new one: HTTP expects that of clients
 * (RFC 9112, 9.3.1), since a server may close a connection between two requests. Nothing else is.
 */
export async function withoutPause(
  port: number,
  protocol: '1.0' | '1.1',
  signal: AbortSignal,
): Promise<{ answered: number; failed: number; again: number; connections: number }> {
  const counts = { answered: 0, failed: 0, again: 0, connections: 0 };
  const text =
    protocol === '1.0' ? 'GET /version HTTP/1.0\r\n\r\n' : 'GET /version HTTP/1.1\r\nHost: shop\r\n\r\n';
  while (!signal.aborted) {
    counts.connections += 1;
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      let waiting = false;
      let closing = false;
      let answers = 0;
      const next = (): void => {
        if (signal.aborted || closing) {
          socket.end();
          return;
        }
        waiting = true;
        answer = '';
        socket.write(text);
      };
      socket.setEncoding('utf8');
      socket.on('connect', next);
      socket.on('data', (chunk: string) => {
        answer += chunk;
        const head = answer.indexOf('\r\n\r\n');
        if (head === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? Number.NaN);
        if (answer.length < head + 4 + length) return;
        waiting = false;
        answers += 1;
        if (/^HTTP\/1\.[01] 200 /.test(answer)) counts.answered += 1;
        else counts.failed += 1;
        closing = protocol === '1.0' || /connection: close/i.test(answer);
        next();
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        if (waiting && answers > 0 && answer === '') counts.again += 1;
        else if (waiting) counts.failed += 1;
        resolve();
      });
    });
  }
  return counts;
}
