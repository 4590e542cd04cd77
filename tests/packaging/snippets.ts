import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One piece of TypeScript in a document. */
export interface Snippet {
  readonly document: string
  /** Line in the document of the snippet's first line, from 1. */
  readonly line: number
  readonly code: string
  /** It says what it prints: run by `pnpm test:docs`. */
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
        isProgram,
        isForBrowsers: found[1] !== undefined,
        line,
        code,
      }
    })
  })
}

/** Writes the snippets into a fresh folder, with the settings under which they are checked. @returns file → snippet */
export function writeModules(folder: string, snippets: readonly Snippet[], root: string): ReadonlyMap<string, Snippet> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const files = new Map<string, Snippet>()
  for (const snippet of snippets) {
    const file = `${snippet.document.replace(/[^\w]+/g, '-')}-${snippet.line}.ts`
    files.set(file, snippet)
    // The README of an example speaks of the files beside it.
    const beside = `from '${join(root, dirname(snippet.document))}/`
    writeFileSync(join(folder, file), snippet.code.replaceAll("from './", beside))
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
