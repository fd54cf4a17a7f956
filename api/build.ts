/**
 * Makes `api/generated/`: descriptors of the whole Envoy API for run time, types for the compiler.
 * Input: the protos that `@grpc/grpc-js-xds` carries, with `api/overlay/` merged over them. Run by `npm run api:build`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { indexDescriptors } from './index-descriptors.ts';
import { mergeProtoSource } from './merge-protos.ts';
import { parseProtoSource, printProtoSource } from './proto-source.ts';

const BASE_TREES = [
  'envoy-api/envoy',
  'xds/udpa',
  'xds/xds',
  'googleapis/google/api',
  'googleapis/google/rpc',
  'protoc-gen-validate/validate',
];

/** Files of the base that need protos which nobody has, and that Envoy 1.40 does not know any more. */
const REMOVED = [
  'envoy/config/trace/v3/opencensus.proto',
  'envoy/config/trace/v3/trace.proto',
  'envoy/service/trace/v3/trace_service.proto',
];

/** What of Google's API tree the Envoy API refers to; the rest does not compile alone. */
const GOOGLE =
  /google\/(api\/(annotations|http|httpbody|expr\/v1alpha1\/(checked|syntax))|rpc\/(status|error_details))\.proto$/;

const here = import.meta.dirname;
const work = join(here, '..', '.cache', 'api');
const require = createRequire(import.meta.url);

function packageFolder(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}

/** The base trees in one folder, what is not wanted taken out, the overlays merged in. */
function mergeTrees(to: string): void {
  const deps = join(packageFolder('@grpc/grpc-js-xds'), 'deps');
  for (const tree of BASE_TREES)
    cpSync(join(deps, tree), join(to, tree.slice(tree.indexOf('/') + 1)), { recursive: true });
  for (const file of globSync('**/*.proto', { cwd: to })) if (!isWanted(file)) rmSync(join(to, file));
  const overlay = join(here, 'overlay');
  for (const file of globSync('**/*.proto', { cwd: overlay })) {
    const source = readFileSync(join(overlay, file), 'utf8');
    const target = join(to, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, existsSync(target) ? mergeText(readFileSync(target, 'utf8'), source) : source);
  }
}

/** The v2 API is gone from Envoy; the base still has parts of it. */
function isWanted(file: string): boolean {
  if (file.startsWith('envoy/')) return /\/v3(alpha)?\/|^envoy\/annotations\//.test(file) && !REMOVED.includes(file);
  return !file.startsWith('google/') || GOOGLE.test(file);
}

function mergeText(base: string, overlay: string): string {
  return printProtoSource(mergeProtoSource(parseProtoSource(base), parseProtoSource(overlay)));
}

function buf(cwd: string, ...args: string[]): void {
  const bin = join(packageFolder('@bufbuild/buf'), 'bin', 'buf');
  execFileSync(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Types only: nothing of this runs. */
function generateTypes(protos: string, out: string): void {
  const plugin = join(packageFolder('@bufbuild/protoc-gen-es'), 'bin', 'protoc-gen-es');
  const opt = ['target=dts', 'import_extension=js'];
  const plugins = [{ local: [process.execPath, plugin], out, opt, strategy: 'all' }];
  buf(protos, 'generate', '--template', JSON.stringify({ version: 'v2', plugins }), '.');
}

function build(): void {
  const protos = join(work, 'protos');
  const out = join(work, 'out');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  mergeTrees(protos);
  writeFileSync(join(protos, 'buf.yaml'), 'version: v2\n');
  const image = join(work, 'image.binpb');
  buf(protos, 'build', '--as-file-descriptor-set', '--exclude-source-info', '-o', image);
  generateTypes(protos, out);
  writeFileSync(join(out, 'descriptors.bin'), indexDescriptors(readFileSync(image)));
  const generated = join(here, 'generated');
  rmSync(generated, { recursive: true, force: true });
  renameSync(out, generated);
}

build();
