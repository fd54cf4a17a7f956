import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NativeKind, ObjectLedger, objectLedgerBytes } from './object-ledger.ts';

/** Such as malloc(3) gives. */
const address = (n: number): bigint => 0x7fff_0000_0000n + BigInt(n) * 16n;

function taken(ledger: ObjectLedger): (readonly [NativeKind, bigint])[] {
  const all: [NativeKind, bigint][] = [];
  assert.equal(
    ledger.takeAll((kind, pointer) => void all.push([kind, pointer])),
    all.length,
  );
  return all;
}

test('what is owned and not disowned another thread takes, each with its kind, once', () => {
  const memory = new SharedArrayBuffer(objectLedgerBytes);
  const ledger = new ObjectLedger(memory, 0);
  ledger.own('context', address(1));
  const place = ledger.own('connection', address(2));
  ledger.own('session', address(3));
  ledger.disown(place);
  const another = new ObjectLedger(memory, 0);
  assert.deepEqual([another.count(), another.count('session'), another.count('connection')], [2, 1, 0]);
  assert.deepEqual(taken(another), [
    ['context', address(1)],
    ['session', address(3)],
  ]);
  assert.deepEqual([another.count(), taken(another)], [0, []]);
});

test('places are used again: as many connections as one likes come and go', () => {
  const ledger = new ObjectLedger(new SharedArrayBuffer(objectLedgerBytes), 0);
  ledger.own('context', address(0));
  for (let i = 1; i <= 10; i++) {
    const [first, second] = [ledger.own('connection', address(i)), ledger.own('connection', address(2 * i))];
    assert.deepEqual([first, second].sort(), [2, 3]);
    ledger.disown(first);
    ledger.disown(second);
  }
  assert.equal(ledger.count(), 1);
});

test('what finds no place is not written down, and does not harm the others', () => {
  const ledger = new ObjectLedger(new SharedArrayBuffer(objectLedgerBytes), 0);
  const most = objectLedgerBytes / 8 - 1;
  for (let i = 0; i < most; i++) assert.equal(ledger.own('bio', address(i)), i + 1);
  assert.equal(ledger.own('bio', address(most)), 0);
  ledger.disown(0);
  assert.equal(ledger.own('bio', address(most)), 0);
  ledger.disown(7);
  assert.equal(ledger.own('store', address(7)), 7);
  assert.deepEqual([ledger.count('bio'), ledger.count('store')], [most - 1, 1]);
});
