import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CipherOrder } from './cipher-order.ts';

const cipher = (name: string, id: number) => ({ name, id, isTls13: false });
const [a, b, c] = [cipher('A', 0xc001), cipher('B', 0xc002), cipher('C', 0xc003)];
const offer = (...ids: readonly number[]) => Uint8Array.from(ids.flatMap((id) => [id >> 8, id & 0xff]));

test('of equals, those that the client names first come first, those that it does not name last', () => {
  const order = new CipherOrder([[a, b, c]]);
  assert.equal(order.hasEquals, true);
  assert.equal(order.orderFor(offer(0xc003, 0x1301, 0xc001)), 'C:A:B');
  assert.equal(order.orderFor(offer(0xc002, 0xc002, 0xc003)), 'B:C:A');
});

test('ranks stay in their order', () => {
  const order = new CipherOrder([[a], [b, c]]);
  assert.equal(order.orderFor(offer(0xc003, 0xc002, 0xc001)), 'A:C:B');
});

test('nothing has to be set when the client likes what is configured, or offers none of it', () => {
  const order = new CipherOrder([[a], [b, c]]);
  assert.equal(order.orderFor(offer(0xc002, 0xc003)), undefined);
  assert.equal(order.orderFor(offer(0x1301)), undefined);
  assert.equal(order.orderFor(new Uint8Array(0)), undefined);
  assert.equal(new CipherOrder([[a], [b]]).hasEquals, false);
});

test('what one client likes does not hold for the next', () => {
  const order = new CipherOrder([[a, b, c]]);
  assert.equal(order.orderFor(offer(0xc003)), 'C:A:B');
  assert.equal(order.orderFor(offer(0xc003)), 'C:A:B');
  assert.equal(order.orderFor(offer(0xc001)), undefined);
  assert.equal(order.orderFor(offer(0xc002)), 'B:A:C');
});
