import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { manifestIn, PACKAGES } from './packed.ts'

const root = join(import.meta.dirname, '../..')

/** Files of this repository, committed or about to be. */
function filesLike(...patterns: readonly string[]): readonly string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...patterns]
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 }).split('\0')
  return files.filter((file) => file !== '' && existsSync(join(root, file)))
}

/** What changes are told in is history: what it names may be gone. */
const DOCUMENTS = filesLike('*.md').filter((file) => !/^(\.changeset|findings)\/|CHANGELOG\.md$/.test(file))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
/** Names of the platform and of other projects, which no source of ours has. */
const OF_OTHERS = [
  'AppState',
  'BedrockAgentCoreApp',
  'EnvHttpProxyAgent',
  'SharedWorker',
  'additionalHooks',
  'emitKeypressEvents',
  'innerHTML',
  'nodeResolve',
  'onMount',
  'onMounted',
  'uWebSockets',
]
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
const spansOf = (text: string): readonly string[] =>
  [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)

/** The anchors that headings of a document have, as GitHub and the site make them. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = [
    ...read(file)
      .replace(/^```[\s\S]*?^```/gm, '')
      .matchAll(/^#+ (.+)$/gm),
  ]
  return new Set(
    headings.map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}

function complaintAbout(document: string, href: string): string | undefined {
  const [path = '', hash] = href.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!existsSync(join(root, target))) return 'is not there'
  const file = statSync(join(root, target)).isDirectory() ? join(target, 'README.md') : target
  if (hash === undefined || !file.endsWith('.md')) return undefined
  return anchorsOf(file).has(hash) ? undefined : `has no heading "${hash}"`
}

it('every link of every document leads somewhere', () => {
  const links = DOCUMENTS.flatMap((document) =>
    [...withoutCode(read(document)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, href = '']) => href)
      .filter((href) => !/^([a-z]+:|\/)/.test(href))
      .map((href) => ({ document, href })),
  )
  expect(links.length).toBeGreaterThan(100)
  const dead = links.flatMap(({ document, href }) => {
    const complaint = complaintAbout(document, href)
    return complaint === undefined ? [] : [`${document}: ${href} ${complaint}`]
  })
  expect(dead).toEqual([])
})

it('every entry, script, file and error code that documents name is there', () => {
  const entries = new Set(
    PACKAGES.flatMap((name) =>
      Object.keys(manifestIn(join(root, 'packages', name)).exports).map(
        (entry) => `@holdfast/${name}${entry.slice(1)}`,
      ),
    ),
  )
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'))
  const codes = new Set([...read('docs/errors.md').matchAll(/^\| `([^`]+)`/gm)].map(([, code]) => code))
  const areas = new Set([...codes].map((code) => code?.split('/')[0]))
  for (const name of PACKAGES) entries.add(`@holdfast/${name}`)
  const isThere = (document: string, span: string): boolean => {
    // A place for a name of the reader.
    if (/\bNAME\b/.test(span)) return true
    // A condition for bundlers, no entry.
    if (span === '@holdfast/words') return true
    if (/^@holdfast\/[\w/.-]+$/.test(span)) return entries.has(span)
    const [, script] = /^pnpm ([\w:-]+)/.exec(span) ?? []
    if (script?.includes(':') === true) return Object.hasOwn(scripts, script)
    if (/^(packages|apps|tests|examples|docs|bench|scripts)\/[\w/.-]+$/.test(span))
      return [root, join(root, dirname(document))].some((folder) => existsSync(join(folder, span)))
    const [, area] = /^([a-z]+)\/[a-z_]+$/.exec(span) ?? []
    return area === undefined || !areas.has(area) || codes.has(span) || existsSync(join(root, span))
  }
  const wrong = DOCUMENTS.flatMap((document) =>
    spansOf(read(document))
      .filter((span) => !isThere(document, span))
      .map((span) => `${document}: ${span}`),
  )
  expect(wrong).toEqual([])
})

it('every name in code that documents spell is spelled so in the sources', () => {
  const sources = filesLike('packages/*', 'apps/*', 'examples/*', 'tests/*', 'bench/*', 'scripts/*', 'deploy/*').filter(
    (file) => /\.(ts|tsx|mjs|json|ya?ml|conf|css)$/.test(file) || file.includes('Dockerfile'),
  )
  const words = new Set([...sources.flatMap((file) => read(file).match(/[A-Za-z_]\w{3,}/g) ?? []), ...OF_OTHERS])
  expect(words.size).toBeGreaterThan(10_000)
  const names = DOCUMENTS.filter((file) => /^(docs|packages)\/|^README/.test(file)).flatMap((document) =>
    spansOf(read(document))
      .flatMap((span) => span.match(/^[\w.]+(?=\(|$)/) ?? [])
      .flatMap((span) => span.split('.'))
      // Two words in one: what is only a word may be anybody's.
      .filter((name) => /^[A-Za-z]+[a-z][A-Z][A-Za-z]+$/.test(name))
      .map((name) => ({ document, name })),
  )
  expect(names.length).toBeGreaterThan(500)
  expect(names.filter(({ name }) => !words.has(name)).map(({ document, name }) => `${document}: ${name}`)).toEqual([])
})
