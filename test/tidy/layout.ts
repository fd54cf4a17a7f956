import { folderOf } from './facts.ts';
import { extensionFolder, layerOf, resolveImport } from './layers.ts';
import { isTest, type Problem, type Project } from './project.ts';

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const SNAKE = /^[a-z0-9]+(_[a-z0-9]+)*$/;
const BUILTIN = 'src/extensions/builtin.ts';

/** kebab-case for files and folders; an extension's folder bears the last label of its Envoy name, which is snake_case. */
export function checkNames(project: Project): Problem[] {
  return project.sources.flatMap(({ path }) => {
    const folders = folderOf(path).split('/');
    const file = path.slice(path.lastIndexOf('/') + 1).replace(/(\.property)?(\.(test|bench|fuzz|d))?\.ts$/, '');
    const isExtension = path.startsWith('src/extensions/');
    const badFolder = folders.find((name) => name !== '' && !KEBAB.test(name) && !(isExtension && SNAKE.test(name)));
    const bad = badFolder ?? (KEBAB.test(file) ? undefined : file);
    return bad === undefined ? [] : [{ rule: 'name', path, what: bad, message: `${bad} is not kebab-case` }];
  });
}

/** Every extension has a test in its folder and a line in builtin.ts. */
export function checkExtensions(project: Project): Problem[] {
  const extensions = new Set(
    project.sources.filter(({ path }) => layerOf(path) === 'extension').map(({ path }) => extensionFolder(path)),
  );
  const builtin = project.sources.find(({ path }) => path === BUILTIN);
  const registered = new Set(
    (builtin?.imports ?? []).map(({ specifier }) => extensionFolder(resolveImport(BUILTIN, specifier) ?? '')),
  );
  return [...extensions].flatMap((folder) => {
    const problems: Problem[] = [];
    const rule = 'extension';
    const tested = project.sources.some(({ path }) => path.startsWith(`${folder}/`) && path.endsWith('.test.ts'));
    if (!tested) problems.push({ rule, path: folder, what: 'test', message: 'has no test in its folder' });
    if (!registered.has(folder))
      problems.push({ rule, path: folder, what: 'builtin', message: `has no line in ${BUILTIN}` });
    return problems;
  });
}

/** A test that stands beside a file is named after one, so that one finds the other: at least its folder has code. */
export function checkTestPlaces(project: Project): Problem[] {
  const folders = new Set(project.sources.filter(({ path }) => !isTest(path)).map(({ path }) => folderOf(path)));
  return project.sources
    .filter(({ path }) => /^(sdk|src)\//.test(path) && path.endsWith('.test.ts') && !folders.has(folderOf(path)))
    .map(({ path }) => ({ rule: 'test-place', path, what: 'folder', message: 'stands in a folder without code' }));
}

/** Relative links and anchors of every Markdown page lead somewhere, and a page has exactly one title. */
export function checkDocs(project: Project): Problem[] {
  const files = new Set(project.files);
  const folders = new Set(project.files.flatMap(ancestors));
  const pages = project.files.filter((path) => path.endsWith('.md'));
  return pages.flatMap((path) => {
    const text = withoutCode(project.read(path));
    const problems: Problem[] = [];
    const titles = text.match(/^# .+$/gm)?.length ?? 0;
    if (titles !== 1)
      problems.push({ rule: 'docs', path, what: 'title', message: `has ${titles} titles (# …), not one` });
    for (const [, link = ''] of text.matchAll(/\]\(([^()\s]+)\)/g)) {
      const message = deadLink({ project, files, folders, path, link });
      if (message !== undefined) problems.push({ rule: 'docs', path, what: link, message });
    }
    return problems;
  });
}

interface LinkStep {
  readonly project: Project;
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly path: string;
  readonly link: string;
}

function deadLink({ project, files, folders, path, link }: LinkStep): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? path : (resolveImport(path, `./${target}`) ?? target).replace(/\/$/, '');
  if (!files.has(file) && !folders.has(file)) return `links to ${file}, which does not exist`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return headings(project.read(file)).has(anchor) ? undefined : `links to ${link}, but there is no such heading`;
}

function ancestors(path: string): string[] {
  const folder = folderOf(path);
  return folder === '' ? [] : [folder, ...ancestors(folder)];
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Anchors as GitHub makes them. */
function headings(text: string): Set<string> {
  const lines = text.replace(/^```[\s\S]*?^```$/gm, '').match(/^#{1,6} .+$/gm) ?? [];
  return new Set(lines.map((line) => slug(line.replace(/^#+ /, ''))));
}

function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
