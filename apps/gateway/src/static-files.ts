import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import { COMMON_HEADERS, send } from './responses.ts'

/** Answers `/` and what belongs to it; calls `next` for what it has not. */
export type Pages = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** Where a build of the web console lies: beside this code where both are in one package, else beside this app. */
const CONSOLE_FOLDERS: readonly string[] = ['./console', '../../console/dist'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** The web console of a folder, or of the one that was built with this gateway; a plain page where none was. */
export function pages(given?: string | undefined): Pages {
  const folders = given === undefined ? CONSOLE_FOLDERS : [given]
  const folder = folders.find((candidate) => existsSync(join(candidate, 'index.html')))
  if (folder === undefined) return plainPage
  return sirv(folder, {
    etag: true,
    // Names of built assets carry a hash of their contents; index.html does not.
    setHeaders: (response, path) => {
      for (const [name, value] of Object.entries(COMMON_HEADERS)) response.setHeader(name, value)
      const isHashed = path.includes('/assets/')
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

const plainPage: Pages = (request, response, next) => {
  if (request.url?.split('?', 1)[0] !== '/') return next()
  send(response, {
    status: 200,
    type: 'text/html; charset=utf-8',
    body: PLAIN,
    headers: { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" },
  })
}

const PLAIN = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Holdfast gateway</title>
<style>:root{color-scheme:light dark;font:16px/1.5 system-ui}body{max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>Holdfast gateway</h1>
<p>It runs. The web console was not built with it.</p>
<ul>
<li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/metrics">/metrics</a></li>
<li>A shell: <code>holdfast shell --url http://this-host</code></li>
<li>A session, live: <code>holdfast observe SESSION --url http://this-host</code></li>
</ul>
</html>
`
