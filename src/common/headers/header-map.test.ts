import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HeadMemory } from './head-memory.ts';
import { hasKnown } from './header-entries.ts';
import { RequestHeaders, ResponseHeaders, Trailers } from './header-map.ts';
import { PreserveCaseFormatter, ProperCaseFormatter } from './key-formatter.ts';
import { nameTable } from './name-table.ts';
import { HeaderNames, knownHeaderNames, pseudoHeaderNames } from './names.ts';

const list = (headers: RequestHeaders | ResponseHeaders | Trailers) =>
  [...headers.entries()].map((pair) => pair.join('='));

describe('header maps', () => {
  it('keep order and all values', () => {
    const headers = Trailers.of([
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ]);
    assert.deepEqual(list(headers), ['b=1', 'a=2', 'b=3']);
    assert.deepEqual([headers.get('b'), headers.getAll('b'), headers.has('c')], ['1', ['1', '3'], false]);
    assert.deepEqual([headers.size, headers.byteSize, headers.nameAt(1), headers.valueAt(2)], [3, 6, 'a', '3']);
  });

  it('set replaces all values at the place of the first', () => {
    const headers = Trailers.of([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
    headers.set('a', '4');
    headers.set('c', '5');
    assert.deepEqual(list(headers), ['a=4', 'b=2', 'c=5']);
  });

  it('join values that are to be one, of which empty ones leave no trace', () => {
    const headers = RequestHeaders.of([
      ['accept', ''],
      ['accept', 'a'],
      ['accept', ''],
    ]);
    headers.append('accept', 'b');
    headers.append('accept', '', ';');
    assert.deepEqual(list(headers), ['accept=a,b']);
  });

  it('know what is there without its value, whatever was there before', () => {
    const headers = ResponseHeaders.of([['date', '']]);
    const date = nameTable.idOf('date');
    assert.equal(hasKnown(headers, date), true);
    headers.remove('date');
    assert.equal(hasKnown(headers, date), false);
    assert.equal(hasKnown(headers, nameTable.idOf('server')), false);
  });

  it('of requests take host for :authority, those of responses do not', () => {
    const request = RequestHeaders.of([
      [':authority', 'a'],
      ['x', '1'],
    ]);
    assert.deepEqual([request.get('host'), request.getAll('host'), request.has('host')], ['a', ['a'], true]);
    assert.equal(request.getKnown(nameTable.idOf('host')), 'a');
    request.setKnown(nameTable.idOf('host'), 'a');
    request.set('host', 'b');
    request.add('host', 'c');
    assert.deepEqual(list(request), [':authority=b,c', 'x=1']);
    request.append('host', 'd', ';');
    assert.equal(request.host, 'b,c;d');
    assert.equal(request.remove('host'), 1);
    assert.deepEqual(list(request), ['x=1']);
    assert.equal(ResponseHeaders.of([['host', 'h']]).get(':authority'), undefined);
  });

  it('append joins, add joins what Envoy keeps one value of', () => {
    const headers = RequestHeaders.of([
      ['x', '1'],
      ['via', 'a'],
      ['cookie', 'c'],
    ]);
    headers.append('x', '2');
    headers.append('cookie', 'd', '; ');
    headers.append('y', '3');
    headers.add('via', 'b');
    headers.add('x', '4');
    assert.deepEqual(list(headers), ['x=1,2', 'via=a,b', 'cookie=c; d', 'y=3', 'x=4']);
    const response = ResponseHeaders.of([
      ['via', 'a'],
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
      ['vary', '1'],
      ['vary', '2'],
    ]);
    assert.deepEqual(list(response), ['via=a', 'set-cookie=a', 'set-cookie=b', 'vary=1,2']);
  });

  it('remove and removeIf say how many there were', () => {
    const headers = Trailers.of([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['c', '4'],
    ]);
    assert.deepEqual([headers.remove('a'), headers.remove('a')], [2, 0]);
    assert.equal(
      headers.removeIf((name, value) => name === 'b' || value === '4'),
      2,
    );
    assert.equal(headers.size, 0);
  });

  it('pseudo headers come first, whenever they are added', () => {
    const headers = new RequestHeaders();
    headers.set('a', '1');
    headers.method = 'GET';
    headers.host = 'h';
    headers.path = '/';
    headers.scheme = 'http';
    assert.deepEqual(list(headers), [':method=GET', ':authority=h', ':path=/', ':scheme=http', 'a=1']);
    assert.deepEqual([headers.method, headers.host, headers.path, headers.scheme], ['GET', 'h', '/', 'http']);
    assert.equal(new RequestHeaders().path, '');
  });

  it('status is a number', () => {
    const headers = ResponseHeaders.withStatus(200);
    headers.status = 404;
    assert.deepEqual([headers.status, headers.get(':status'), new ResponseHeaders().status], [404, '404', 0]);
  });

  it('status is the number of the value that is there now', () => {
    const headers = new ResponseHeaders();
    const seen = [headers.status];
    for (const change of [
      () => headers.add('a', '1'),
      () => headers.set(':status', '200'),
      () => headers.set(':status', '204'),
      () => headers.set(':status', 'none'),
      () => headers.remove(':status'),
      () => headers.set(':status', '503'),
    ]) {
      change();
      seen.push(headers.status);
    }
    assert.deepEqual(seen, [0, 0, 200, 204, Number.NaN, 0, 503]);
  });

  it('find pseudo headers in whatever order they are, and those alone that are there', () => {
    const all = [':authority', ':path', ':method', ':scheme'];
    const seen = (headers: RequestHeaders) => [headers.host, headers.path, headers.method, headers.scheme];
    for (const order of [all, all.toReversed(), [':path', ':scheme', ':authority', ':method']]) {
      const headers = RequestHeaders.of([...order.map((name) => [name, name] as const), ['a', '1']]);
      assert.deepEqual(seen(headers), all);
      const left = new Set(all);
      for (const name of order.toSorted()) {
        assert.equal(headers.remove(name), 1);
        left.delete(name);
        assert.deepEqual(
          seen(headers),
          all.map((each) => (left.has(each) ? each : '')),
        );
      }
    }
  });

  it('a copy is independent', () => {
    const headers = RequestHeaders.of([['a', '1']]);
    headers.formatter = new PreserveCaseFormatter({ forwardReasonPhrase: false, onEnvoyHeaders: undefined });
    const copied = headers.copy();
    copied.set('a', '2');
    copied.add('b', '3');
    assert.deepEqual([list(headers), list(copied)], [['a=1'], ['a=2', 'b=3']]);
    assert.equal(copied.formatter, headers.formatter);
  });

  it('behave as a plain list of pairs', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'x-request-id');
    const step = fc.record({ kind: fc.constantFrom('set', 'add', 'remove'), name, value: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const headers = new Trailers();
        let model: [string, string][] = [];
        for (const { kind, name, value } of steps) {
          const at = model.findIndex((pair) => pair[0] === name);
          if (kind === 'remove') {
            assert.equal(headers.remove(name), model.filter((pair) => pair[0] === name).length);
            model = model.filter((pair) => pair[0] !== name);
          } else if (kind === 'add' || at < 0) {
            headers[kind === 'add' ? 'add' : 'set'](name, value);
            model.push([name, value]);
          } else {
            headers.set(name, value);
            model = model.filter((pair, index) => pair[0] !== name || index === at);
            model[at] = [name, value];
          }
        }
        assert.deepEqual([...headers.entries()], model);
      }),
    );
  });
});

describe('the table of names', () => {
  it('has few enough constants for V8 to treat them as such', () => {
    assert.ok(Object.keys(HeaderNames).length < 128);
  });

  it('has the pseudo headers first', () => {
    const pseudo = knownHeaderNames.map((name) => name.startsWith(':'));
    assert.deepEqual([pseudo.indexOf(false), pseudo.lastIndexOf(true)], [pseudoHeaderNames, pseudoHeaderNames - 1]);
  });

  it('finds every known name in any case, and no other', () => {
    for (const name of knownHeaderNames) {
      if (name.startsWith(':')) continue;
      for (const spelled of [name, name.toUpperCase()]) {
        const id = nameTable.find(Buffer.from(` ${spelled} `), 1, spelled.length + 1);
        assert.equal(nameTable.name(id), name);
      }
      assert.equal(nameTable.find(Buffer.from(`${name}x`), 0, name.length + 1), -1);
    }
  });
});

describe('values that came as bytes', () => {
  /** A map whose values lie one after the other, `before` bytes behind its base. */
  function parsed(before: number, ...values: string[]): RequestHeaders {
    const bytes = Buffer.from(`${' '.repeat(before)}${values.join('')}`, 'latin1');
    const memory = new HeadMemory();
    memory.keep(Buffer.from('other'), 0, 5);
    const block = memory.keep(bytes, 0, bytes.length);
    const headers = new RequestHeaders(block, values.length, block.used - bytes.length);
    let at = before;
    for (const [i, value] of values.entries()) {
      headers.addParsed(`x-${i}`, at, at + value.length);
      at += value.length;
    }
    return headers;
  }

  /** What is written of the values. */
  function written(headers: RequestHeaders): string[] {
    const bytes = Buffer.alloc(200_000);
    const to = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset) };
    const end = headers.writeLines(to, 1, bytes.length);
    assert.equal(end, 1 + headers.lineBytes);
    const lines = bytes.toString('latin1', 1, end).split('\r\n').slice(1);
    return lines.map((line) => line.slice(line.indexOf(': ') + 2));
  }

  it('are written alike, read as texts before or not', () => {
    const values = ['', 'a', 'some value', '\xe9 and \xff', 'long '.repeat(30)];
    const headers = parsed(2, ...values);
    assert.deepEqual(written(headers), values);
    assert.deepEqual(
      list(headers),
      values.map((value, i) => `x-${i}=${value}`),
    );
    assert.deepEqual(written(headers), values);
    assert.deepEqual(written(headers.copy()), values);
  });

  it('are written as what they were set to since', () => {
    const headers = parsed(2, 'one', 'two', 'three');
    headers.get('x-0');
    headers.set('x-0', 'other');
    headers.append('x-1', 'more');
    assert.deepEqual(written(headers), ['other', 'two,more', 'three']);
    headers.remove('x-1');
    assert.deepEqual(written(headers), ['other', 'three']);
  });

  it('may be long and lie far from the others', () => {
    const values = ['a'.repeat(40_000), 'b', 'c'.repeat(70_000), 'd'];
    const headers = parsed(2, ...values);
    assert.deepEqual(written(headers), values);
    assert.deepEqual(written(parsed(40_000, 'e')), ['e']);
    assert.equal(headers.get('x-3'), 'd');
  });
});

describe('key formatters', () => {
  it('write proper case words', () => {
    const formatter = new ProperCaseFormatter();
    const names = ['host', 'content-type', 'x-b3-traceid', 'x--a_b', '3d'];
    assert.deepEqual(
      names.map((name) => formatter.format(name)),
      ['Host', 'Content-Type', 'X-B3-Traceid', 'X--A_B', '3d'],
    );
  });

  it('preserve the first spelling, and the reason when asked', () => {
    const formatter = new PreserveCaseFormatter({
      forwardReasonPhrase: false,
      onEnvoyHeaders: new ProperCaseFormatter(),
    });
    formatter.processKey('X-fOO');
    formatter.processKey('x-foo');
    formatter.reasonPhrase = 'Fine';
    assert.deepEqual(
      [formatter.format('x-foo'), formatter.format('x-bar'), formatter.reasonPhrase],
      ['X-fOO', 'X-Bar', ''],
    );
  });
});
