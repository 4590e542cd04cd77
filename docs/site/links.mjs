// Documents link to files, so that they can be read where they lie. On the site a link leads to the page that is made of the file,
// or, where none is, to the file in the repository; where readers have no repository, it is no link.
import { posix } from 'node:path'
import { FOLDERS_OF_READMES, REPOSITORY } from './pages.mjs'

const MADE = Object.entries(FOLDERS_OF_READMES)

/** The file below the repository that a page of the site is made of. */
export function fileOfPage(page) {
  const [, section, name] = /^([^/]+)\/([^/]+)\.md$/.exec(page) ?? []
  const folder = FOLDERS_OF_READMES[section]
  return folder === undefined ? `docs/${page}` : `${folder}/${name}/README.md`
}

/**
 * @param page of the site, as `wire/shell-messages.md`
 * @param href as the document has it
 * @returns the link on the site; undefined where it leads nowhere
 */
export function linkOnSite(page, href) {
  if (href === '' || /^([a-z]+:|#|\/)/i.test(href)) return href
  const [path = '', hash] = href.split('#')
  const anchor = hash === undefined ? '' : `#${hash}`
  const file = posix.join(posix.dirname(fileOfPage(page)), path)
  for (const [section, folder] of MADE) {
    const [, name] = new RegExp(`^${folder}/([^/]+)(?:/README\\.md|/)?$`).exec(file) ?? []
    if (name !== undefined) return `/${section}/${name}${anchor}`
  }
  const [, inDocs] = /^docs\/(.+\.md)$/.exec(file) ?? []
  if (inDocs !== undefined)
    return `/${inDocs.replace(/(^|\/)README\.md$/, '$1index.md').replace(/(index)?\.md$/, '')}${anchor}`
  return REPOSITORY && `${REPOSITORY}/blob/main/${file}${anchor}`
}

/** Pictures of `docs` are at the root of the site. */
function pictureOnSite(page, source) {
  const [, name] = /^docs\/([^/]+)$/.exec(posix.join(posix.dirname(fileOfPage(page)), source)) ?? []
  return name === undefined ? source : `/${name}`
}

function becomeText(token) {
  Object.assign(token, { type: 'text', tag: '', nesting: 0, content: '' })
}

/** A rule for markdown-it. */
export function linksOnSite(markdown) {
  markdown.core.ruler.push('links-on-site', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isLink = true
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const href = linkOnSite(env.relativePath, token.attrGet('href') ?? '')
          isLink = href !== undefined
          if (isLink) token.attrSet('href', href)
          else becomeText(token)
        } else if (token.type === 'link_close' && !isLink) {
          becomeText(token)
        } else if (token.type === 'image') {
          token.attrSet('src', pictureOnSite(env.relativePath, token.attrGet('src') ?? ''))
        }
      }
    }
  })
}
