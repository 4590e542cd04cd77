// Documents link to files, so that they can be read where they lie. On the site a link leads to the page that is made of the file,
// or, where none is, to the file in the repository.
import { posix } from 'node:path'
import { PACKAGES, REPOSITORY } from './pages.mjs'

/** The file below the repository that a page of the site is made of. */
export function fileOfPage(page) {
  const [, name] = new RegExp(`^${PACKAGES}/([^/]+)\\.md$`).exec(page) ?? []
  return name === undefined ? `docs/${page}` : `packages/${name}/README.md`
}

/**
 * @param page of the site, as `wire/shell-messages.md`
 * @param href as the document has it
 * @returns the link on the site
 */
export function linkOnSite(page, href) {
  if (href === '' || /^([a-z]+:|#|\/)/i.test(href)) return href
  const [path = '', hash] = href.split('#')
  const anchor = hash === undefined ? '' : `#${hash}`
  const file = posix.join(posix.dirname(fileOfPage(page)), path)
  const [, name] = /^packages\/([^/]+)(?:\/README\.md|\/)?$/.exec(file) ?? []
  if (name !== undefined) return `/${PACKAGES}/${name}${anchor}`
  const [, inDocs] = /^docs\/(.+\.md)$/.exec(file) ?? []
  if (inDocs !== undefined)
    return `/${inDocs.replace(/(^|\/)README\.md$/, '$1index.md').replace(/(index)?\.md$/, '')}${anchor}`
  return `${REPOSITORY}/blob/main/${file}${anchor}`
}

/** A rule for markdown-it. */
export function linksOnSite(markdown) {
  markdown.core.ruler.push('links-on-site', ({ tokens, env }) => {
    for (const { children } of tokens) {
      for (const token of children ?? []) {
        if (token.type !== 'link_open') continue
        token.attrSet('href', linkOnSite(env.relativePath, token.attrGet('href') ?? ''))
      }
    }
  })
}
