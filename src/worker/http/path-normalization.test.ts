import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpManagerHarness, requestHeaders } from '../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../test/harness/terminal-filter.ts';
import { normalizeHost } from './host-normalization.ts';
import { type EscapedSlashesAction, normalizePath } from './path-normalization.ts';

// The expectations of this file have been taken from Envoy 1.40.

function normalize(
  path: string,
  options: { normalize?: boolean; mergeSlashes?: boolean; slashes?: EscapedSlashesAction },
) {
  const headers = requestHeaders({ ':path': path });
  const { normalize: on = false, mergeSlashes = false, slashes = 'KeepUnchanged' } = options;
  const action = normalizePath(headers, headers.path, { normalize: on, mergeSlashes, escapedSlashes: slashes });
  return action === 'Continue' ? headers.path : `${action} ${headers.path}`;
}

for (const [path, expected] of [
  ['/a/../b', '/b'],
  ['/a/./b', '/a/b'],
  ['/..', '/'],
  ['/.', '/'],
  ['/a/.', '/a/'],
  ['/a/..', '/'],
  ['/a/%2e%2e/b', '/b'],
  ['/%41%7e%2d%2f', '/A~-%2f'],
  ['/a\\b', '/a/b'],
  ['/a//b/..//c', '/a///c'],
  ['/a"<>`{}|^[]b', '/a%22%3C%3E%60%7B%7D%7C%5E[]b'],
  ['/a%00b', 'Reject /a%00b'],
  ['/%zz%4', '/%zz%4'],
  ["/a;b=c,d:@!$&'()*+", "/a;b=c,d:@!$&'()*+"],
  ['/a?b/../c', '/a?b/../c'],
  ['/%c3%a9', '/%c3%a9'],
  ['/%5c%2F%5C', '/%5c%2F%5C'],
  ['/a#b', 'Reject /a#b'],
  ['/a/b/..;x=/c', '/a/c'],
  ['/a/..;', '/'],
  ['/a/b/.;p\\q/c?..;/', '/a/b/c?..;/'],
  ['/a/%2e%2e;/b', '/a/..;/b'],
  ['/a/...;/b;..;', '/a/...;/b;..;'],
] as const) {
  test(`normalize_path: ${path} becomes ${expected}`, () => {
    assert.equal(normalize(path, { normalize: true }), expected);
  });
}

test('merge_slashes leaves the query and escaped slashes alone', () => {
  const merge = { mergeSlashes: true };
  assert.equal(normalize('/a//b///c?x//y', merge), '/a/b/c?x//y');
  assert.equal(normalize('//', merge), '//');
  assert.equal(normalize('/a%2f%2fb', merge), '/a%2f%2fb');
});

test('escaped slashes are refused, forwarded as slashes, or redirected', () => {
  const path = '/a%2fb%5Cc?x%2f';
  assert.equal(normalize(path, { slashes: 'RejectRequest' }), 'Reject /a/b\\c?x%2f');
  assert.equal(normalize(path, { slashes: 'UnescapeAndForward' }), '/a/b\\c?x%2f');
  assert.equal(normalize(path, { slashes: 'UnescapeAndRedirect' }), 'Redirect /a/b\\c?x%2f');
  assert.equal(normalize('/a', { slashes: 'UnescapeAndRedirect' }), '/a');
});

test('ports and trailing dots of hosts', () => {
  const host = (value: string, stripPort: 'any' | 'matching') => {
    const headers = requestHeaders({ ':authority': value });
    normalizeHost(headers, { stripPort, stripTrailingDot: stripPort === 'any' }, 8080);
    return headers.host;
  };
  const hosts = ['a.com:80', 'a.com.:80', 'a.com.', '[::1]:80', '[::1]', 'a:b', 'a:99999', 'a..', 'a:'];
  const stripped = ['a.com', 'a.com', 'a.com', '[::1]', '[::1]', 'a:b', 'a', 'a.', 'a:'];
  assert.deepEqual(
    hosts.map((value) => host(value, 'any')),
    stripped,
  );
  assert.equal(host('a:8080', 'matching'), 'a');
  assert.equal(host('a:80', 'matching'), 'a:80');
});

test('the port that CONNECT loses is kept for its upstream', () => {
  const terminals = new TerminalFilters();
  const host = { stripPort: 'any', stripTrailingDot: false } as const;
  const upgrades = new Map([['connect', { enabled: true, filters: undefined }]]);
  const http = new HttpManagerHarness([terminals.create], { host, upgrades });
  http.request({ ':method': 'CONNECT', ':authority': 'a:0443' }, false);
  const { streamInfo, requestHeaders } = terminals.last.callbacks;
  assert.equal(requestHeaders?.host, 'a');
  assert.equal(streamInfo.filterState.get('envoy.router.original_connect_port')?.serializeAsString?.(), '443');
  const plain = new HttpManagerHarness([terminals.create], { host });
  plain.request({ ':authority': 'a:443' });
  const state = terminals.last.callbacks.streamInfo.filterState;
  assert.equal(state.get('envoy.router.original_connect_port'), undefined);
});
