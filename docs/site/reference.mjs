// The reference, made of the comments of the public entries: a page for each entry, with tables of what it exports, and a page for each
// class, function, interface, type and value.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Application, ReflectionKind } from 'typedoc'
import { MarkdownPageEvent } from 'typedoc-plugin-markdown'
import { DOCS, descriptionOf, entries, packages, REFERENCE, ROOT } from './pages.mjs'

export const ENTRIES = join(DOCS, 'site/.entries')
const TSCONFIG = join(ENTRIES, 'tsconfig.json')

export async function makeReference() {
  const files = entries().map(writeEntry)
  writeFileSync(TSCONFIG, JSON.stringify(compilerConfig()))
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    name: 'Reference',
    entryPoints: files,
    tsconfig: TSCONFIG,
    out: join(DOCS, REFERENCE),
    // Types are checked where they are compiled, by another version of TypeScript.
    skipErrorChecking: true,
    readme: 'none',
    // The packages bring their sources, which editors find.
    disableSources: true,
    basePath: ROOT,
    excludePrivate: true,
    excludeProtected: true,
    logLevel: 'Error',
    router: 'member',
    membersWithOwnFile: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
    entryFileName: 'index',
    hidePageHeader: true,
    indexFormat: 'table',
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    propertyMembersFormat: 'table',
    tableColumnSettings: { hideModifiers: true },
  })
  application.renderer.on(MarkdownPageEvent.END, (page) => {
    if (page.model.kind === ReflectionKind.Project) page.contents = `# Reference\n\n${tableOfPackages()}`
    else page.contents = withoutAnchors(shortReferences(page.contents))
  })
  const project = await application.convert()
  if (project === undefined) throw new Error('TypeDoc made nothing of the sources.')
  await application.generateOutputs(project)
}

/** What another entry has is a line, not a section. */
function shortReferences(text) {
  return text?.replace(/^### .+\n\nRe-exports (\[.+\]\(.+\))\n(?:\n\*\*\*\n)?/gm, '- $1')
}

/** Rows of tables have anchors in HTML, which is text on this site. */
function withoutAnchors(text) {
  return text
    ?.replace(/<a id="[^"]*"><\/a> ?/g, '')
    .replace(/\[([^\]]+)\]\(#(?:property|type-parameter)-[^)]*\)/g, '$1')
    .replace(/(\]\([^)#]+)#(?:property|type-parameter)-[^)]*\)/g, '$1)')
}

function tableOfPackages() {
  const names = entries().map(({ name }) => name)
  const rows = packages().map((name) => {
    const title = names.includes(name) ? `[${name}](${name}/index.md)` : name
    const others = names.filter((entry) => entry.startsWith(`${name}/`))
    const links = others.map((entry) => `[${entry.slice(name.length)}](${entry}/index.md)`)
    return `| ${title} | ${descriptionOf(name)} | ${links.join(', ')} |\n`
  })
  return `| package | what it is | further entries |\n|---|---|---|\n${rows.join('')}`
}

/** One module an entry, whose name is the entry's. */
function writeEntry({ name, source }) {
  const file = join(ENTRIES, `${name}.ts`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `/** @module ${name} */\nexport * from '${relative(dirname(file), source)}'\n`)
  return file
}

function compilerConfig() {
  return {
    extends: relative(ENTRIES, join(ROOT, 'tsconfig.test.json')),
    compilerOptions: { jsxImportSource: 'react', types: [], typeRoots: [], rootDir: ROOT },
    include: ['**/*.ts'],
    exclude: [],
  }
}
