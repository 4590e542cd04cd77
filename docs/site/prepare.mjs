// What the site is made of and nobody writes: pages of the READMEs of packages and programs, a reference out of the comments of
// the public entries, and the JSON Schemas of the wires. Everything of it is made anew each time, and not kept.
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Application } from 'typedoc'
import { DOCS, entries, FOLDERS_OF_READMES, REFERENCE, REPOSITORY, ROOT, readmesIn } from './pages.mjs'

const ENTRIES = join(DOCS, 'site/.entries')
const PUBLIC = join(DOCS, 'public')
const TSCONFIG = join(ENTRIES, 'tsconfig.json')

const sections = Object.keys(FOLDERS_OF_READMES).map((section) => join(DOCS, section))
for (const folder of [ENTRIES, PUBLIC, join(DOCS, REFERENCE), ...sections]) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}
for (const [section, folder] of Object.entries(FOLDERS_OF_READMES)) {
  for (const name of readmesIn(folder)) {
    copyFileSync(join(ROOT, folder, name, 'README.md'), join(DOCS, section, `${name}.md`))
  }
}
cpSync(join(ROOT, 'packages/protocol/json-schema'), join(PUBLIC, 'schemas'), { recursive: true })
for (const picture of ['console.png', 'demo.svg']) copyFileSync(join(DOCS, picture), join(PUBLIC, picture))
await makeReference()

async function makeReference() {
  const files = entries().map(writeEntry)
  writeFileSync(TSCONFIG, JSON.stringify(compilerConfig()))
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: files,
    tsconfig: TSCONFIG,
    out: join(DOCS, REFERENCE),
    // Types are checked where they are compiled, by another version of TypeScript.
    skipErrorChecking: true,
    readme: 'none',
    disableGit: true,
    sourceLinkTemplate: `${REPOSITORY}/blob/main/{path}#L{line}`,
    basePath: ROOT,
    // Where the paths in links to sources begin.
    displayBasePath: ROOT,
    excludePrivate: true,
    excludeProtected: true,
    logLevel: 'Error',
    router: 'module',
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    propertyMembersFormat: 'table',
  })
  const project = await application.convert()
  if (project === undefined) throw new Error('TypeDoc made nothing of the sources.')
  await application.generateOutputs(project)
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
