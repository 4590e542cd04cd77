// What the site is made of and nobody writes: pages of the READMEs of packages and programs, a reference out of the comments of
// the public entries, and the JSON Schemas of the wires. Everything of it is made anew each time, and not kept.
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DOCS, FOLDERS_OF_READMES, REFERENCE, ROOT, readmesIn } from './pages.mjs'
import { ENTRIES, makeReference } from './reference.mjs'

const PUBLIC = join(DOCS, 'public')

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
