import { array, assert, constantFrom, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseParser, type Parsed } from '../../../../src/bench/http/response-parser.ts';

interface Case {
  text: string;
  head?: true;
  status: number;
  reusable: boolean;
  cache?: string;
  /** Whole only when the other side closes. */
  untilClose?: true;
}

const cases: Readonly<Record<string, Case>> = {
  'a body of a known length': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Cache-Status: HIT\r\n\r\nhello',
    status: 200,
    reusable: true,
    cache: 'HIT',
  },
  'an empty body': { text: 'HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', status: 200, reusable: true },
  'no reason phrase': { text: 'HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n', status: 404, reusable: true },
  'no content, and none announced': { text: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, reusable: true },
  'not modified, with the length of what is not sent': {
    text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n',
    status: 304,
    reusable: true,
  },
  'HEAD, with the length of what is not sent': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
    head: true,
    status: 200,
    reusable: true,
  },
  'HEAD of a chunked answer': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    head: true,
    status: 200,
    reusable: true,
  },
  'chunks, with an extension and a trailer': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n\r\n23456789\r\n0\r\nX-Sum: 1\r\n\r\n',
    status: 200,
    reusable: true,
  },
  'chunked, whatever length is given too': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    status: 200,
    reusable: true,
  },
  'informational answers before': {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
    status: 200,
    reusable: true,
  },
  'a connection that is to be closed': {
    text: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    reusable: false,
  },
  'HTTP/1.0': { text: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', status: 200, reusable: false },
  'HTTP/1.0 that keeps the connection': {
    text: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
    status: 200,
    reusable: true,
  },
  'a body until the connection closes': {
    text: 'HTTP/1.1 200 OK\r\n\r\nand so on\r\n\r\n',
    status: 200,
    reusable: false,
    untilClose: true,
  },
  'a length that is given twice, the same': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    status: 200,
    reusable: true,
  },
};

function parse({ head }: Pick<Case, 'head'>, pieces: readonly string[]): [ResponseParser, Parsed[]] {
  const parser = new ResponseParser();
  parser.begin(head === true);
  return [parser, pieces.map((piece) => parser.push(Buffer.from(piece, 'latin1')))];
}

/** What a test looks at, of an answer that came in these pieces. */
function read(one: Case, pieces: readonly string[]): Record<string, unknown> {
  const [parser, results] = parse(one, pieces);
  const { status, cache, bytes } = parser;
  const last = results.at(-1) === 'more' && parser.closed() ? 'closed' : results.at(-1);
  const early = results.slice(0, -1).filter((result) => result !== 'more');
  return { status, cache, bytes, reusable: parser.reusable, last, early };
}

describe('ResponseParser', () => {
  it.each(Object.entries(cases))('reads %s, in one piece and cut anywhere', (_name, one) => {
    const { text, status, reusable, cache, untilClose } = one;
    const expected = {
      status,
      cache,
      bytes: text.length,
      reusable,
      last: untilClose ? 'closed' : 'done',
      early: [],
    };
    expect(read(one, [text])).toEqual(expected);
    expect(read(one, text.split(''))).toEqual(expected);
    for (let cut = 1; cut < text.length; cut += 1)
      expect(read(one, [text.slice(0, cut), text.slice(cut)])).toEqual(expected);
  });

  it('reads answer after answer, cut at random', () => {
    const whole = Object.values(cases).filter((one) => !one.untilClose);
    assert(
      property(
        array(constantFrom(...whole), { minLength: 1, maxLength: 4 }),
        array(nat({ max: 60 }), { maxLength: 20 }),
        (list, cuts) => {
          const parser = new ResponseParser();
          for (const one of list) {
            parser.begin(one.head === true);
            let at = 0;
            let result: Parsed = 'more';
            for (const size of [...cuts, one.text.length]) {
              if (size === 0 || at >= one.text.length) continue;
              result = parser.push(Buffer.from(one.text.slice(at, at + size)));
              at += size;
            }
            expect(result).toBe('done');
            expect([parser.status, parser.reusable, parser.cache]).toEqual([
              one.status,
              one.reusable,
              one.cache,
            ]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    ['a protocol that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    [
      'a chunk that is longer than it said',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n',
    ],
    ['a head without an end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(12_000)}`],
  ])('refuses %s', (_name, text) => {
    expect(parse({}, [text])[1]).toEqual(['broken']);
  });

  it('does not use a connection again that sends more than was asked for', () => {
    const [parser, results] = parse({}, ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n']);
    expect(results).toEqual(['done']);
    expect(parser.reusable).toBe(false);
  });

  it('knows an answer that was cut off', () => {
    const [parser] = parse({}, ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf']);
    expect(parser.closed()).toBe(false);
  });

  it('reads a head of 60,000 bytes in small pieces in linear time', () => {
    const text = `HTTP/1.1 200 OK\r\n${'x-long: '.padEnd(1_000, 'y')}\r\nContent-Length: 0\r\n${'a: b\r\n'.repeat(9_000)}\r\n`;
    const began = performance.now();
    const [parser, results] = parse({}, text.match(/[^]{1,16}/g) ?? []);
    expect(results.at(-1)).toBe('done');
    expect(parser.status).toBe(200);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
