// A release, in two steps. `pnpm release` makes versions out of `.changeset`: each package.json, a CHANGELOG.md beside it, the one of
// the repository, a commit and a tag. When the tag is pushed, `.github/workflows/release.yml` runs `pnpm release publish --yes`, which
// publishes every package with a provenance statement. `--dry-run` says what would be run, and changes nothing.
// `pnpm release repository URL` writes where the repository is into everything that names it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packAll } from './pack-all.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** What is published. */
const FOLDERS = [...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`), 'apps/create']
/** What names the repository beside the manifests. */
const NAMING = ['contract/src/words/codes.ts', 'conformance/src/cli/report.ts', 'conformance/README.md'].map(
  (file) => `packages/${file}`,
)
const USAGE = 'Try: pnpm release [--dry-run], pnpm release publish --yes [--dry-run], pnpm release repository URL.'
const words = process.argv.slice(2).filter((word) => word !== '--dry-run')
const isDry = process.argv.includes('--dry-run')

if (words.length === 0) makeVersions()
else if (words[0] === 'publish') publish(words[1] === '--yes')
else if (words[0] === 'repository' && words.length === 2) moveTo(words[1])
else fail(`Unknown: ${words.join(' ')}. ${USAGE}`)

/** Nothing leaves this checkout. */
function makeVersions() {
  if (output('git', ['status', '--porcelain']) !== '') fail('Some changes are not committed: commit them first.')
  const changes = readdirSync(join(ROOT, '.changeset')).filter((file) => file.endsWith('.md') && file !== 'README.md')
  if (changes.length === 0) fail('There is nothing to release: no change is told in .changeset.')
  run('pnpm', ['exec', 'changeset', 'version'])
  const version = isDry ? 'X.Y.Z' : sharedVersion()
  if (!isDry) nameTheRelease(version)
  if (!isDry) tellWhatStarts(version)
  run('git', ['add', '--all'])
  run('git', ['commit', '--quiet', '--message', `chore(release): ${version}`])
  run('git', ['tag', '--annotate', `v${version}`, '--message', version])
  say('Read the commit. To publish it: git push --follow-tags')
}

function publish(isMeant) {
  if (!isMeant) fail('This publishes every package, for everybody and for good. Say --yes if you mean it.')
  const { url } = manifestOf('.').repository
  const origin = output('git', ['remote', 'get-url', 'origin'])
  if (plain(origin) !== plain(url)) {
    fail(`The packages say that they come from ${url}, and the remote "origin" is "${origin}". npm's provenance needs the same
address in both: pnpm release repository URL.`)
  }
  run('pnpm', ['build'])
  const place = mkdtempSync(join(tmpdir(), 'holdfast-release-'))
  try {
    const files = isDry ? FOLDERS.map((folder) => tarballOf(folder)) : packAll(place)
    for (const file of files) {
      run('npm', ['publish', join(place, file), '--provenance', '--access', 'public'])
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function moveTo(url) {
  const address = url.replace(/^git\+|\.git$/g, '')
  const before = manifestOf('.').repository.url.replace(/^git\+|\.git$/g, '')
  for (const name of NAMING) {
    const file = join(ROOT, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(before, address))
  }
  for (const folder of ['.', ...FOLDERS]) {
    const manifest = manifestOf(folder)
    manifest.repository.url = `git+${address}.git`
    if (folder !== '.') manifest.homepage = `${address}/tree/main/${folder}`
    if (folder !== '.') manifest.bugs = `${address}/issues`
    writeFileSync(join(ROOT, folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
}

/** What npm calls the file of a package. */
function tarballOf(folder) {
  const { name, version } = manifestOf(folder)
  return `${name.replace('@', '').replace('/', '-')}-${version}.tgz`
}

function sharedVersion() {
  const versions = new Set(FOLDERS.map((folder) => manifestOf(folder).version))
  const [version] = versions
  if (versions.size !== 1)
    fail(`Expected one version of all packages, got ${[...versions].join(', ')}: see .changeset/config.json.`)
  return version
}

/** What was unreleased in the CHANGELOG.md of the repository has a version and a day now. */
function nameTheRelease(version) {
  const file = join(ROOT, 'CHANGELOG.md')
  const heading = `## ${version} (${new Date().toISOString().slice(0, 10)})`
  writeFileSync(file, readFileSync(file, 'utf8').replace('## Unreleased\n', `## Unreleased\n\n${heading}\n`))
}

/** What `npm start` makes is packed as a package too. */
function tellWhatStarts(version) {
  for (const name of ['package.json', 'package-lock.json']) {
    const file = join(ROOT, 'scripts/start', name)
    const made = JSON.parse(readFileSync(file, 'utf8'))
    made.version = version
    if (made.packages !== undefined) made.packages[''].version = version
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
  }
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
}

/** The address of a repository, however it is reached: `github.com/owner/name`. */
function plain(url) {
  return url
    .replace(/^git\+/, '')
    .replace(/^\w+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/\.git$/, '')
    .replace(':', '/')
}

function output(command, args) {
  return spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
}

function run(command, args) {
  const line = [command, ...args].join(' ')
  say(isDry ? `would run: ${line}` : `runs: ${line}`)
  if (isDry) return
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) fail(`It failed: ${line}`)
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
