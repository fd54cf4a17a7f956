#!/bin/sh
# Succeeds when the package in .cache/built was made of the sources as they are: nothing of them has changed since.
# A `find` that cannot tell makes them count as changed.
cd -P "$(dirname "$0")/.." || exit 1
[ -e .cache/built/stamp ] || exit 1
changed=$(find api bin scripts sdk src package.json package-lock.json tsconfig.json tsconfig.build.json \
  -cnewer .cache/built/stamp ! -name '*.test.ts' 2>&1) || exit 1
[ -z "$changed" ]
