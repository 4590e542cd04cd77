import { defineConfig } from 'vitepress'
import { linksOnSite } from '../site/links.mjs'
import { REPOSITORY, sidebars } from '../site/pages.mjs'
import { tablesOnSite } from '../site/tables.mjs'

export default defineConfig({
  title: 'Holdfast',
  description:
    'Sessions that survive: connections that lose nothing when the network drops, the laptop sleeps or the server restarts',
  lang: 'en',
  // Where the site lies below its host, with a slash at both ends.
  base: process.env.HOLDFAST_DOCS_BASE ?? '/',
  cleanUrls: true,
  // Names of all pages are loaded once, and are not a part of each.
  metaChunk: true,
  srcExclude: ['README.md', 'site/**'],
  rewrites: { 'wild/README.md': 'wild/index.md', 'i-have/README.md': 'i-have/index.md' },
  markdown: {
    // Documents are read in the repository too, where a tag or two curly braces are text.
    html: false,
    languageAlias: { haproxy: 'nginx', caddyfile: 'nginx' },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(markdown) {
      linksOnSite(markdown)
      tablesOnSite(markdown)
    },
  },
  // The index of the search and the larger pages of the reference are loaded when they are asked for.
  vite: { build: { chunkSizeWarningLimit: 8000 } },
  themeConfig: {
    // In the page itself, from an index that is built with it: nothing is asked of another host.
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start/' },
      { text: 'Guides', link: '/guides/auth-and-renewal' },
      { text: 'Wires', link: '/wire/resume-extension' },
      { text: 'Errors', link: '/errors' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: sidebars(),
    socialLinks: REPOSITORY ? [{ icon: 'github', link: REPOSITORY, ariaLabel: 'The repository' }] : [],
  },
})
