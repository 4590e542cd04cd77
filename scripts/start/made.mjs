// What `npm start` has made before, so that it is not made again: everything is in `build`, which may be deleted.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What npm needs to install; what is packed. */
const MANIFESTS = ['package.json', 'package-lock.json']
const TEXTS = { 'README.md': 'apps/cli/README.md', LICENSE: 'LICENSE' }
/** Where the sources of the programs are. */
const SOURCES = ['apps', 'packages', 'scripts/start']
const NOT_SOURCES = new Set(['node_modules', 'dist', 'test', '.turbo'])

/** Where everything is that `npm start` makes. */
export function buildFolder(root) {
  return join(root, 'build')
}

/** What is there, and still is what it would be: `done`, or `needed`. */
export function madeBefore(root) {
  const folder = buildFolder(root)
  const file = join(folder, 'made.json')
  const made = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const { install, build } = fingerprints(root)
  const isInstalled = made.install === install && existsSync(join(folder, 'node_modules/ws'))
  const isBuilt = isInstalled && made.build === build && existsSync(join(folder, 'dist/console/index.html'))
  return { install: isInstalled ? 'done' : 'needed', build: isBuilt ? 'done' : 'needed' }
}

/** Puts what npm reads into the folder. */
export function prepareInstall(root) {
  const folder = buildFolder(root)
  mkdirSync(folder, { recursive: true })
  for (const name of MANIFESTS) copyFileSync(join(root, 'scripts/start', name), join(folder, name))
  for (const [name, from] of Object.entries(TEXTS)) copyFileSync(join(root, from), join(folder, name))
}

/** Remembers that all is done. */
export function recordMade(root) {
  writeFileSync(join(buildFolder(root), 'made.json'), `${JSON.stringify(fingerprints(root))}\n`)
}

function fingerprints(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const name of MANIFESTS) hash.update(readFileSync(join(root, 'scripts/start', name)))
  const install = hash.copy().digest('hex')
  for (const folder of SOURCES) addFiles(hash, join(root, folder))
  return { install, build: hash.digest('hex') }
}

function addFiles(hash, folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !NOT_SOURCES.has(entry.name)) addFiles(hash, path)
    else if (entry.isFile()) hash.update(path).update(readFileSync(path))
  }
}
