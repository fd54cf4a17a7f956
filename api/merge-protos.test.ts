import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeProtoSource } from './merge-protos.ts';
import { parseProtoSource, printProtoSource } from './proto-source.ts';

function merge(base: string, overlay: string): string {
  const head = 'syntax = "proto3";\npackage p;\n';
  const merged = mergeProtoSource(parseProtoSource(head + base), parseProtoSource(head + overlay));
  return printProtoSource(merged).slice(head.length).trim();
}

test('fields are added, replaced by number, taken away by a reservation', () => {
  assert.equal(
    merge(
      'message A {\n  // what b is\n  string b = 1;\n  int32 c = 2 [(r).x = {y: ";}"}];\n  bool gone = 3;\n}',
      'message A {\n  reserved 3;\n  int64 c = 2;\n  string d = 4;\n}',
    ),
    'message A {\n  // what b is\n  string b = 1;\n  reserved 3;\n  int64 c = 2;\n  string d = 4;\n}',
  );
});

test('members join a oneof, an option of it is replaced', () => {
  assert.equal(
    merge(
      'message A {\n  oneof o {\n    option (v.required) = true;\n    string b = 1;\n  }\n  string c = 2;\n}',
      'message A {\n  oneof o {\n    option (v.required) = false;\n    string c = 2;\n  }\n}',
    ),
    'message A {\n  oneof o {\n    option (v.required) = false;\n    string b = 1;\n    string c = 2;\n  }\n}',
  );
});

test('nested messages and enums merge, new ones are appended with their imports', () => {
  assert.equal(
    merge(
      'import "a.proto";\nmessage A {\n  message B {\n    string x = 1;\n  }\n}\nenum E {\n  ZERO = 0;\n}',
      'import "b.proto";\nimport "a.proto";\nmessage A {\n  message B {\n    string y = 2;\n  }\n}\nenum E {\n  ONE = 1;\n}\nmessage N {\n}',
    ),
    'import "a.proto";\nimport "b.proto";\nmessage A {\n  message B {\n    string x = 1;\n    string y = 2;\n  }\n}\nenum E {\n  ZERO = 0;\n  ONE = 1;\n}\nmessage N {\n\n}',
  );
});

test('unbalanced source is refused', () => {
  assert.throws(() => parseProtoSource('message A {'));
  assert.throws(() => parseProtoSource('message A { string b; }'), /not a statement/);
});
