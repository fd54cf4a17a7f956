import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoadResult } from './wrk.ts';

test('the result is the last line of what wrk prints with report.lua', () => {
  const output = `Running 1s test @ http://127.0.0.1:1/
  1 threads and 64 connections
Requests/sec:  13238.10
Transfer/sec:      3.20MB

{"requests":13239,"micros":1000071,"bytes":3355443,"p99Micros":8370,"faults":0}
`;
  const expected = { requests: 13239, micros: 1000071, bytes: 3355443, p99Micros: 8370, faults: 0 };
  assert.deepEqual(parseLoadResult(output), expected);
});

test('wrk without a result is a fault that shows what it said', () => {
  assert.throws(() => parseLoadResult('unable to connect to 127.0.0.1:1\n'), /unable to connect/);
});
