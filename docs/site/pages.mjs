// Which pages the site has, found in the folders: what is added there is on the site.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

export const DOCS = join(import.meta.dirname, '..')
export const ROOT = join(DOCS, '..')
/** Where readers of the site find the files of the repository, such as `https://github.com/OWNER/NAME`; undefined: nowhere. */
export const REPOSITORY = process.env.HOLDFAST_DOCS_REPOSITORY
/** Made anew by `prepare.mjs`, and not kept: pages out of the READMEs of packages and programs, and out of comments. */
export const PACKAGES = 'packages'
export const PROGRAMS = 'programs'
/** Section of the site → the folder of the repository whose READMEs are its pages. */
export const FOLDERS_OF_READMES = { [PACKAGES]: 'packages', [PROGRAMS]: 'apps' }
export const REFERENCE = 'reference'
/** The order in which somebody who is new would read; what is not named here comes behind it. */
const GUIDES = [
  'auth-and-renewal',
  'browsers-and-sleep',
  'react-native',
  'many-tabs',
  'backpressure',
  'exactly-once',
  'testing',
]
const BUILDING = ['writing-a-client.md', 'writing-a-transport.md', 'guides/writing-a-store.md']
const OPERATING = [
  'guides/operating-a-gateway.md',
  'gateway-settings.md',
  'proxies.md',
  'scaling.md',
  'caching.md',
  'security.md',
]

/** The columns of pages: by the folder where one is, in the form that VitePress takes. */
export function sidebars() {
  const made = [group('How it is made', ['ARCHITECTURE.md', ...pagesIn('decisions'), ...pagesIn('wild')])]
  const back = { text: '← All pages', link: '/start/' }
  return {
    [`/${PACKAGES}/`]: [back, group('Packages', pagesIn(PACKAGES))],
    [`/${PROGRAMS}/`]: [back, group('Programs', pagesIn(PROGRAMS))],
    [`/${REFERENCE}/`]: [
      back,
      { text: 'Reference', items: packages().flatMap((name) => entryItems(name).slice(0, 1)) },
    ],
    ...Object.fromEntries(packages().flatMap(referenceSidebars)),
    '/decisions/': [back, ...made],
    '/wild/': [back, ...made],
    '/ARCHITECTURE': [back, ...made],
    '/': main(),
  }
}

/** Of each entry of a package: its entries, and what of the one can be called. Types are in its tables. */
function referenceSidebars(name) {
  const back = { text: '← Reference', link: `/${REFERENCE}/` }
  return entryItems(name).map(({ text, link }) => {
    const kinds = [
      { text: 'Classes', items: memberItems(posix.join(text, 'classes')) },
      { text: 'Functions', items: memberItems(posix.join(text, 'functions')) },
    ]
    return [link, [back, { text: name, items: entryItems(name) }, ...kinds.filter(({ items }) => items.length > 0)]]
  })
}

function entryItems(packageName) {
  return entries()
    .filter(({ name }) => name === packageName || name.startsWith(`${packageName}/`))
    .map(({ name }) => ({ text: name, link: `/${REFERENCE}/${name}/` }))
}

function memberItems(folder) {
  return pagesIn(posix.join(REFERENCE, folder)).map((page) => ({
    text: posix.basename(page, '.md'),
    link: linkTo(page),
  }))
}

function main() {
  const guides = pagesIn('guides').filter((page) => ![...BUILDING, ...OPERATING].includes(page))
  const position = (page) => (GUIDES.indexOf(posix.basename(page, '.md')) + GUIDES.length + 1) % (GUIDES.length + 1)
  guides.sort((a, b) => position(a) - position(b))
  const more = [
    { text: 'Packages', link: `/${PACKAGES}/core` },
    { text: 'Programs', link: `/${PROGRAMS}/cli` },
    { text: 'Reference', link: `/${REFERENCE}/` },
    { text: 'How it is made', link: '/ARCHITECTURE' },
  ]
  return [
    group('Start', ['start/index.md', 'start/web-socket.md', 'start/agent.md', 'start/shell.md']),
    group('I have …', pagesIn('i-have')),
    group('Guides', guides),
    group('Building', BUILDING),
    group('Operating', OPERATING),
    group('Choosing', ['comparison.md', 'what-installing-brings.md', 'migrating.md']),
    group('Wires', pagesIn('wire')),
    { text: 'Looking up', items: [...group('', ['errors.md', 'GLOSSARY.md']).items, ...more] },
  ]
}

/** Not to be folded: what folds is a button in a button, which screen readers cannot tell. */
function group(text, pages) {
  return { text, items: pages.map((page) => ({ text: titleOf(page), link: linkTo(page) })) }
}

/** Pages of a folder and of those in it. */
export function pagesIn(folder) {
  const place = join(DOCS, folder)
  if (!existsSync(place)) return []
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => posix.join(folder, file))
    .sort()
}

function titleOf(page) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(DOCS, page), 'utf8')) ?? []
  if (title === undefined) throw new Error(`docs/${page} has no title: begin it with "# …".`)
  return title.replaceAll('`', '').replaceAll('\\', '')
}

function linkTo(page) {
  return `/${page.replace(/(^|\/)(index|README)\.md$/, '$1').replace(/\.md$/, '')}`
}

/** Every entry of every package that is promised: its name, and its source. */
export function entries() {
  return packages().flatMap((name) => {
    const { exports } = readJson(`packages/${name}/package.json`)
    return Object.entries(exports).flatMap(([entry, { '@holdfast/source': source }]) =>
      source === undefined || /^\.\/internals/.test(entry)
        ? []
        : [{ name: posix.join(name, entry), source: join(ROOT, 'packages', name, source.default ?? source) }],
    )
  })
}

/** What a package is, in its own words. */
export function descriptionOf(name) {
  return readJson(`packages/${name}/package.json`).description
}

export function packages() {
  return namesIn('packages', 'package.json')
}

/** What in a folder has a README. */
export function readmesIn(folder) {
  return namesIn(folder, 'README.md')
}

function namesIn(folder, file) {
  return readdirSync(join(ROOT, folder)).filter((name) => existsSync(join(ROOT, folder, name, file)))
}

function readJson(file) {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
}
