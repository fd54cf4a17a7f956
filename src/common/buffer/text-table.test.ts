import assert from 'node:assert/strict';
import { it } from 'node:test';
import { wordSlack } from './bytes.ts';
import { TextTable } from './text-table.ts';

it('texts of a table are written as they are, whatever their length and place', () => {
  const texts = Array.from({ length: 40 }, (_, length) => '\xe9abcdefgh'.repeat(5).slice(0, length));
  const table = new TextTable(texts);
  for (const [i, text] of texts.entries()) {
    for (let at = 0; at < 9; at++) {
      const bytes = Buffer.alloc(60, '.');
      const end = table.write(i, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at);
      assert.deepEqual([end, table.lengthOf(i)], [at + text.length, text.length]);
      assert.equal(bytes.toString('latin1', 0, end), '.'.repeat(at) + text);
      assert.equal(bytes.toString('latin1', end + wordSlack), '.'.repeat(60 - end - wordSlack));
    }
  }
});
