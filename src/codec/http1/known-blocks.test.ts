import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeadMemory } from '../../common/headers/head-memory.ts';
import { requestInlineNames } from '../../common/headers/inline-names.ts';
import { FieldParser } from './field-parser.ts';

/** Numbers in [0, below), the same for the same start. */
function dice(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Memory of a connection: stale bytes lie behind what was received. */
const memory = Buffer.alloc(4096, 'stale: bytes\r\n\r\n');
const at = 5;

/** What is known of the head, as text. */
function read(parser: FieldParser, head: Buffer, to = head.length): string {
  memory.fill('stale: bytes\r\n\r\n');
  head.copy(memory, at);
  const end = parser.parse(memory, at, at + to);
  if (end < 0) return parser.fault.details;
  if (end === 0) return 'more';
  const { hostLine, connectionLine, contentLengthLine, contentLengthCount, hasRepeats, countedBytes } = parser.lines;
  const lines = Array.from({ length: parser.lines.count }, (_, i) => {
    const places = `${parser.valueStartAt(i)}-${parser.valueEndAt(i)}`;
    return `${parser.lines.idAt(i)} ${places} ${parser.valueAt(i, memory)}`;
  });
  const noted = [end, hostLine, connectionLine, contentLengthLine, contentLengthCount, hasRepeats, countedBytes];
  return [...noted, ...lines].join('|');
}

/** As the codec does with a good head. */
function remember(parser: FieldParser, heads: HeadMemory, length: number): void {
  if (parser.known !== undefined) return;
  const block = heads.keep(memory, at, at + length);
  parser.remember(block, block.used - length);
}

const lines = [
  ['Host: www.example.com', 'Host: www.example.org', 'host:\twww.example.com'],
  ['Connection: close', 'Connection: keep-alive', 'Connection:close', 'Connectio: close'],
  ['Content-Length: 10', 'Content-Length: 100', 'Content-Length: 1'],
  ['X-Empty:', 'X-Empty: ', 'X-Empty:  x '],
  ['Accept: a', 'Accept: a\t', 'Accept: a\tb', 'Accept: \x7f', 'Accept: a\rb', 'Accept: a\nb'],
  ['X-Some: 0123456789', 'X-Some: 0123\xff56789', 'X-Some: 0123\x0056789', 'X-Som\xe9: 0123456789', 'X-Some : 0'],
];

test('a head is read alike whatever head was read before', () => {
  const roll = dice(20261128);
  const heads = new HeadMemory();
  const parser = new FieldParser(requestInlineNames);
  const seen = new Set<string>();
  for (let round = 0; round < 5000; round++) {
    const chosen = lines.filter(() => roll(8) > 0).map((kinds) => kinds[roll(2) === 0 ? 0 : roll(kinds.length)] ?? '');
    const head = Buffer.from(`${[...chosen, ...(roll(9) === 0 ? chosen : [])].join('\r\n')}\r\n\r\n`, 'latin1');
    if (roll(4) === 0) head[roll(head.length)] = [0, 9, 10, 13, 32, 58, 65, 127][roll(8)] as number;
    const to = roll(10) === 0 ? roll(head.length) : head.length;
    const told = read(parser, head, to);
    assert.equal(told, read(new FieldParser(requestInlineNames), head, to), JSON.stringify(head.toString('latin1')));
    if (/^\d/.test(told)) remember(parser, heads, to);
    seen.add(told);
  }
  assert.ok(seen.size > 500, `${seen.size} different heads`);
});

test('of a head that has not arrived whole, what lies behind it is not taken for the rest of it', () => {
  const parser = new FieldParser(requestInlineNames);
  const head = Buffer.from('X-Some: 0123456789\r\n\r\n');
  read(parser, head);
  remember(parser, new HeadMemory(), head.length);
  for (let to = 0; to < head.length; to++) {
    head.copy(memory, at);
    assert.equal(parser.parse(memory, at, at + to), 0, `${to} bytes`);
  }
});
