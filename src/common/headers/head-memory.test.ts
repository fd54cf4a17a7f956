import assert from 'node:assert/strict';
import { it } from 'node:test';
import { HeadMemory } from './head-memory.ts';

it('texts are those of their bytes, whatever was read before and stands around them', () => {
  const memory = new HeadMemory();
  const text = 'abcdefghijklmnopqrstuvwxyz0123456789\xe9\xff\x7fABCDEFGHIJKLMNOPQRSTUVWXYZ.,;:';
  for (let length = 0; length <= text.length; length++) {
    for (let changed = 0; changed < length; changed++) {
      for (const char of ['!', '\0', text[changed]]) {
        const wanted = text.slice(0, changed) + char + text.slice(changed + 1, length);
        const bytes = Buffer.from(`..${wanted}${char}.`, 'latin1');
        const block = memory.keep(bytes, 0, bytes.length);
        const start = block.used - bytes.length + 2;
        const read = block.texts.read(block.bytes, block.words, start, start + length);
        if (read !== wanted) assert.equal(read, wanted);
      }
    }
  }
});

it('a text that was read before is the same string, a long one is read anew', () => {
  const memory = new HeadMemory();
  for (const length of [0, 1, 3, 4, 5, 63, 64, 65]) {
    const bytes = Buffer.alloc(length, 'x');
    for (let i = 0; i < 2; i++) {
      const block = memory.keep(bytes, 0, length);
      assert.equal(block.texts.read(block.bytes, block.words, block.used - length, block.used), 'x'.repeat(length));
    }
  }
});

it('names are read in lower case, apart from texts', () => {
  const { texts, block } = (() => {
    const memory = new HeadMemory();
    const bytes = Buffer.from('X-Some-Name');
    return { texts: memory.texts, block: memory.keep(bytes, 0, bytes.length) };
  })();
  for (let i = 0; i < 2; i++) {
    assert.equal(texts.readName(block.bytes, 0, 11), 'x-some-name');
    assert.equal(texts.read(block.bytes, block.words, 0, 11), 'X-Some-Name');
  }
});
