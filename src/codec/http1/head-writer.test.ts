import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { takeText } from '../../../test/harness/http1-codecs.ts';
import { BlockPool, blockBytes } from '../../common/buffer/block.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { HeadMemory } from '../../common/headers/head-memory.ts';
import { RequestHeaders, ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { chunkedLine, lengthZeroLine, writeRequestHead, writeResponseHead, writeTrailers } from './head-writer.ts';

const names = [
  ':path',
  ':authority',
  ':other',
  'server',
  'x-envoy-expected-rq-timeout-ms',
  'x',
  'x-a-longer-name-of-its-own',
];

/** Headers whose values are of `length` bytes and more, every other one parsed; with the lines that they are. */
function headersOf(length: number): { headers: RequestHeaders; lines: string } {
  const values = names.map((_, i) => 'a value \xe9'.repeat(length).slice(0, length + i));
  const bytes = Buffer.from(values.join(''), 'latin1');
  const block = new HeadMemory().keep(bytes, 0, bytes.length);
  const headers = new RequestHeaders(block);
  let lines = '';
  let at = 0;
  for (const [i, name] of names.entries()) {
    const value = values[i] as string;
    const id = nameTable.idOf(name);
    // A place of nothing at the base says that there is none.
    if ((i & 1) === 0 && at > 0) headers.addParsed(id < 0 ? name : id, at, at + value.length);
    else headers.append(name, value);
    at += value.length;
    if (name === ':authority') lines += `\r\nhost: ${value}`;
    else if (!name.startsWith(':')) lines += `\r\n${name}: ${value}`;
  }
  return { headers, lines };
}

describe('a head is the same', () => {
  const { headers, lines } = headersOf(21);

  it('whatever room the memory of the buffer has left', () => {
    for (let left = 0; left < 900; left++) {
      const output = new SliceBuffer(new BlockPool());
      output.add('x'.repeat(blockBytes - left));
      output.drain(blockBytes - left - 1);
      assert.equal(writeResponseHead(output, 200, headers, chunkedLine), lines.length + 28);
      assert.equal(takeText(output), `xHTTP/1.1 200 OK${lines}\r\ntransfer-encoding: chunked\r\n\r\n`);
    }
  });

  it('whatever its length', () => {
    for (const length of [0, 1, 7, 8, 9, 63, 64, 65, 255, 256, 257, 900, 5000, 70_000]) {
      const { headers, lines } = headersOf(length);
      for (const output of [new SliceBuffer(), new SliceBuffer(new BlockPool())]) {
        assert.equal(headers.lineBytes, lines.length);
        assert.equal(writeRequestHead(output, 'PATCH', '/some', headers, lengthZeroLine), lines.length + 19);
        assert.equal(takeText(output), `PATCH /some HTTP/1.1${lines}\r\ncontent-length: 0\r\n\r\n`);
      }
    }
  });

  it('of trailers', () => {
    const output = new SliceBuffer(new BlockPool());
    assert.equal(
      writeTrailers(
        output,
        Trailers.of([
          ['a', '1'],
          ['grpc-status', '0'],
        ]),
      ),
      22,
    );
    assert.equal(takeText(output), '0\r\na: 1\r\ngrpc-status: 0\r\n\r\n');
  });
});

it('start lines have the method, the target and the status, usual or not', () => {
  const output = new SliceBuffer();
  for (const method of ['GET', 'POST', 'GETS', 'M-SEARCH-AND-MORE']) {
    for (const target of ['/', '*', '/a/longer/path?with=a&query', 'http://host/path']) {
      writeRequestHead(output, method, target, RequestHeaders.of([[':path', '/']]), undefined);
      assert.equal(takeText(output), `${method} ${target} HTTP/1.1\r\n\r\n`);
    }
  }
  const statuses = [
    [200, '200 OK'],
    [0, '0 Unknown'],
    [598, '598 Unknown'],
    [600, '600 Unknown'],
    [-1, '-1 Unknown'],
    [200.5, '200.5 Unknown'],
    [Number.NaN, 'NaN Unknown'],
  ] as const;
  for (const [status, text] of statuses) {
    writeResponseHead(output, status, new ResponseHeaders(), undefined);
    assert.equal(takeText(output), `HTTP/1.1 ${text}\r\n\r\n`);
  }
  writeResponseHead(output, 'HTTP/1.0 200 Fine', new ResponseHeaders(), undefined);
  assert.equal(takeText(output), 'HTTP/1.0 200 Fine\r\n\r\n');
});

it('a target goes out as the bytes of the path, unless it is another text', () => {
  const output = new SliceBuffer();
  const bytes = Buffer.from('/a/path/of/some/length /other');
  const block = new HeadMemory().keep(bytes, 0, bytes.length);
  const headers = new RequestHeaders(block);
  headers.addParsed(nameTable.idOf(':authority'), 23, 29);
  headers.addParsed(nameTable.idOf(':path'), 0, 22);
  const target = () => {
    writeRequestHead(output, 'GET', headers.path, headers, undefined);
    return takeText(output).split(' ')[1];
  };
  assert.equal(target(), '/a/path/of/some/length');
  headers.path = '/changed/to/some/length';
  assert.equal(target(), '/changed/to/some/length');
});
