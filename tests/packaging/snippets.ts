import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One piece of TypeScript in a document. */
export interface Snippet {
  readonly document: string
  /** Line in the document of the snippet's first line, from 1. */
  readonly line: number
  readonly code: string
  /** It leaves nothing to its reader: compiled strictly as it is. An example's README shows pieces of the program beside it. */
  readonly isWhole: boolean
  /** It says what it prints: whole, and run by `pnpm test:docs`. */
  readonly isProgram: boolean
  /** It is for a page: the fence says `ts browser`. */
  readonly isForBrowsers: boolean
}

/** Documents whose snippets somebody will paste: the README of everything, and `docs`. */
function documentsOf(root: string): readonly string[] {
  const within = (folder: string): readonly string[] =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)
  const folders = ['.', 'packages', 'apps', 'examples', 'packages/testkit/src'].flatMap((name) =>
    name === '.' ? [name] : within(name),
  )
  const readmes = folders.map((folder) => join(folder, 'README.md')).filter((file) => existsSync(join(root, file)))
  const pages = ['docs', 'docs/start', 'docs/guides', 'docs/i-have']
    .flatMap(within)
    .filter((file) => file.endsWith('.md'))
  return [...readmes, ...pages]
}

export function snippetsOf(root: string): readonly Snippet[] {
  return documentsOf(root).flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8')
    return [...text.matchAll(/^```ts( browser)?\n(.*?)^```$/gms)].map((found) => {
      const code = found[2] ?? ''
      const isProgram = /^docs\/(start|guides)\//.test(document) || code.includes('// prints: ')
      const line = text.slice(0, found.index).split('\n').length + 1
      return {
        document,
        isWhole: !document.startsWith('examples/'),
        isProgram,
        isForBrowsers: found[1] !== undefined,
        line,
        code,
      }
    })
  })
}

/** Every value and type that a package exports from its main entry, and the package. */
export function exportedNames(root: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  // Names that two packages export are the same thing: the first, which is the lowest, will do.
  for (const name of readdirSync(join(root, 'packages'))) {
    const file = join(root, 'packages', name, 'src/index.ts')
    const index = existsSync(file) ? readFileSync(file, 'utf8') : ''
    for (const [, list = ''] of index.matchAll(/export (?:type )?\{([^}]*)\}/g)) {
      for (const entry of list.split(',')) {
        const exported = entry
          .trim()
          .replace(/^type /, '')
          .split(' as ')
          .pop()
        if (exported !== undefined && exported !== '' && !names.has(exported)) names.set(exported, `@holdfast/${name}`)
      }
    }
  }
  return names
}

/**
 * A snippet as a module of its own: what it uses of the packages and does not import, because an earlier snippet of the
 * page did, is imported in front of its first line, so that lines keep their numbers.
 */
export function moduleOf({ code }: Snippet, names: ReadonlyMap<string, string>): string {
  const own = new Set(
    [...code.matchAll(/\b(?:class|function|const|let|type|interface)\s+(\w+)/g)].map(([, name]) => name),
  )
  for (const [, list = ''] of code.matchAll(/import (?:type )?\{([^}]*)\}/g)) {
    for (const entry of list.split(',')) own.add(entry.trim().replace(/^type /, ''))
  }
  const used = new Set(code.replace(/(['"]).*?\1/g, '').match(/(?<![.\w])[A-Za-z]\w*(?!\w|\s*:)/g))
  const missing = [...used].filter((name) => names.has(name) && !own.has(name))
  const imports = missing.map((name) => `import { ${name} } from '${names.get(name)}';`)
  return `${imports.join(' ')} export {};\n${code}`
}

/** Writes the snippets into a fresh folder, with the settings under which they are checked. @returns file → snippet */
export function writeModules(folder: string, snippets: readonly Snippet[], root: string): ReadonlyMap<string, Snippet> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const names = exportedNames(root)
  const files = new Map<string, Snippet>()
  for (const snippet of snippets) {
    const file = `${snippet.document.replace(/[^\w]+/g, '-')}-${snippet.line}.ts`
    files.set(file, snippet)
    writeFileSync(join(folder, file), snippet.isWhole ? snippet.code : moduleOf(snippet, names))
  }
  // As a bundler resolves: packages among those that people have are not found otherwise.
  const compilerOptions = {
    ...{ verbatimModuleSyntax: false, isolatedModules: false },
    ...{ module: 'preserve', moduleResolution: 'bundler', moduleDetection: 'force' },
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../tsconfig.test.json', compilerOptions, include: ['*.ts'], exclude: [] }),
  )
  return files
}
