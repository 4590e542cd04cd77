// What `npm start` has made before, so that it is not made again: everything is in `build`, which may be deleted.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

/**
 * What is there, and still is what it would be: `done`, or `needed`. Sources whose sizes and times are as they were are not
 * read again: most starts follow one of the same sources.
 */
export function madeBefore(root) {
  const folder = buildFolder(root)
  const file = join(folder, 'made.json')
  const made = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const files = sourceFiles(root)
  const install = installDigest(root).digest('hex')
  const isInstalled = made.install === install && existsSync(join(folder, 'node_modules/ws'))
  const isThere = isInstalled && existsSync(join(folder, 'dist/console/index.html'))
  if (!isThere) return { install: isInstalled ? 'done' : 'needed', build: 'needed' }
  const times = timesDigest(files)
  if (made.times === times) return { install: 'done', build: 'done' }
  const isBuilt = made.build === contentDigest(root, files)
  // Touched and not changed, as by a checkout of another branch and back.
  if (isBuilt) writeMade(root, { ...made, times })
  return { install: 'done', build: isBuilt ? 'done' : 'needed' }
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
  const files = sourceFiles(root)
  const install = installDigest(root).digest('hex')
  writeMade(root, { install, build: contentDigest(root, files), times: timesDigest(files) })
}

function writeMade(root, made) {
  writeFileSync(join(buildFolder(root), 'made.json'), `${JSON.stringify(made)}\n`)
}

function installDigest(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const name of MANIFESTS) hash.update(readFileSync(join(root, 'scripts/start', name)))
  return hash
}

function contentDigest(root, files) {
  const hash = installDigest(root)
  for (const path of files) hash.update(path).update(readFileSync(path))
  return hash.digest('hex')
}

function timesDigest(files) {
  const hash = createHash('sha256')
  for (const path of files) {
    const { size, mtimeMs, ctimeMs } = statSync(path)
    hash.update(`${path} ${size} ${mtimeMs} ${ctimeMs}\n`)
  }
  return hash.digest('hex')
}

function sourceFiles(root) {
  return SOURCES.flatMap((folder) => filesBelow(join(root, folder)))
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_SOURCES.has(entry.name) ? [] : filesBelow(path)
    return entry.isFile() ? [path] : []
  })
}
