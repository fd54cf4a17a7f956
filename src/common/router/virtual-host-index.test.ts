import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualHostIndex } from './virtual-host-index.ts';

function indexOf(domains: readonly string[], ignorePort = false): VirtualHostIndex<string> {
  const index = new VirtualHostIndex<string>(ignorePort);
  for (const domain of domains) assert.equal(index.add(domain, domain), true, domain);
  return index;
}

test('exact names stand before wildcards, the longest wildcard before the others, suffixes before prefixes', () => {
  const index = indexOf(['www.foo.com', '*.foo.com', '*-bar.foo.com', 'www.*', 'www.foo.*', '*']);
  const found: readonly (readonly [host: string, domain: string])[] = [
    ['www.foo.com', 'www.foo.com'],
    ['WWW.Foo.COM', 'www.foo.com'],
    ['a.foo.com', '*.foo.com'],
    ['www.a.foo.com', '*.foo.com'],
    ['a-bar.foo.com', '*-bar.foo.com'],
    ['.foo.com', '*'],
    ['www.example', 'www.*'],
    ['www.foo.org', 'www.foo.*'],
    ['www.', '*'],
    ['www.foo.com.', 'www.foo.*'],
    ['other', '*'],
  ];
  for (const [host, domain] of found) assert.equal(index.find(host), domain, host);
});

test('a port is part of the host unless it is to be ignored', () => {
  assert.equal(indexOf(['foo.com']).find('foo.com:80'), undefined);
  assert.equal(indexOf(['foo.com:80']).find('foo.com:80'), 'foo.com:80');
  const ignoring = indexOf(['foo.com', '[::1]'], true);
  assert.equal(ignoring.find('foo.com:80'), 'foo.com');
  assert.equal(ignoring.find('[::1]:80'), '[::1]');
  assert.equal(ignoring.find('foo.com:x'), 'foo.com', 'whatever stands there');
});

test('without an authority only a table that has nothing but the catch-all matches', () => {
  assert.equal(indexOf(['*']).find(undefined), '*');
  assert.equal(indexOf(['*', 'a']).find(undefined), undefined);
  assert.equal(indexOf(['*', 'a']).find(''), '*');
});

test('a domain can be had once, whatever its case', () => {
  const index = indexOf(['a', '*.a', 'a.*', '*']);
  for (const domain of ['A', '*.A', 'A.*', '*']) assert.equal(index.add(domain, 'x'), false, domain);
});
